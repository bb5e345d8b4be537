"""A viewer of the dashboard without a browser: speaks Streamlit's protocol, and so costs next to nothing itself."""

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

TIMEOUT = 120


class Viewer:
    """One session of the server."""

    def __init__(self, url: str):
        address = url.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket = connect(address, subprotocols=["streamlit"], max_size=None)

    def open(self, page: str) -> None:
        """Go to a page by its name in the URL (empty: the overview) and wait for its last element."""
        message = BackMsg()
        message.rerun_script.page_name = page
        self._socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(self._socket.recv(timeout=TIMEOUT))
            if answer.WhichOneof("type") == "script_finished":
                if answer.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                    raise RuntimeError(f"Page {page!r} ended with {answer.script_finished}.")
                return

    def close(self) -> None:
        self._socket.close()
