"""The settings that the project relies on hold, whatever the folder and the way it is started from."""

import sys
import tomllib

import pytest
from streamlit import config

from core.access import SETTING
from core.paths import ROOT
from dashboard import settings
from tests.dashboard.serving import STREAMLIT, foreign_folder, starting

THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]


def said(messages, kind):
    return next(getattr(one, kind) for one in messages if one.WhichOneof("type") == kind)


def uploader(messages):
    return next(
        one.delta.new_element.file_uploader
        for one in messages
        if one.delta.new_element.WhichOneof("type") == "file_uploader"
    )


def test_settings_of_another_folder_and_of_the_home_do_not_count(served):
    assert served.addresses == {"127.0.0.1"}
    messages = served.visit("reconstructions")
    session = said(messages, "new_session")
    assert session.config.gather_usage_stats is False
    assert session.config.toolbar_mode == session.config.ToolbarMode.VIEWER
    assert session.custom_theme.light.primary_color == THEME["light"]["primaryColor"]
    assert session.custom_theme.dark.sidebar.background_color == THEME["dark"]["sidebar"]["backgroundColor"]
    assert uploader(messages).max_upload_size_mb == 5
    strange = served.ask("GET", "/_stcore/health", Origin="http://elsewhere.example")
    assert strange.getheader("Access-Control-Allow-Origin") is None
    assert b'"enabled": true' not in served.ask("GET", "/_stcore/agent/openapi.json").content
    assert served.ask("PUT", "/_stcore/upload_file/a/b").status == 403  # no token against forged requests


def test_a_start_prints_where_the_server_is_and_no_warning(tmp_path):
    with starting(ROOT / "dashboard", *STREAMLIT, "app.py", artifacts=tmp_path) as server:
        server.visit()
        said_in_the_terminal = server.output.read_text().split()
    assert " ".join(said_in_the_terminal).startswith(
        "You can now view your Streamlit app in your browser. URL: http://"
    )
    assert len(said_in_the_terminal) == 12, " ".join(said_in_the_terminal)


def test_a_link_to_the_script_alone_starts_the_script_itself(tmp_path):
    folder = foreign_folder(tmp_path / "elsewhere")
    with starting(folder, *STREAMLIT, "app.py", artifacts=tmp_path / "artifacts", HOME=str(folder)) as server:
        assert server.addresses == {"127.0.0.1"}
        assert said(server.visit(), "new_session").config.gather_usage_stats is False


def test_what_is_asked_for_in_the_command_or_the_environment_goes_before(tmp_path):
    with starting(
        ROOT / "dashboard", *STREAMLIT, "app.py", "--server.address", "127.0.0.2",
        artifacts=tmp_path, host="127.0.0.2", STREAMLIT_SERVER_MAX_UPLOAD_SIZE="3",
    ) as server:  # fmt: skip
        assert server.addresses == {"127.0.0.2"}
        assert uploader(server.visit("reconstructions", host="127.0.0.2")).max_upload_size_mb == 3


def test_another_server_gets_the_settings_too(tmp_path):
    command = (sys.executable, "-m", "uvicorn", "--app-dir", str(ROOT), "dashboard.app:app")
    with starting(tmp_path, *command, artifacts=tmp_path / "artifacts", port_option="--port") as server:
        messages = server.visit("reconstructions")
        assert said(messages, "new_session").config.gather_usage_stats is False
        assert uploader(messages).max_upload_size_mb == 5


@pytest.fixture
def options(monkeypatch):
    """Streamlit's settings as after a start with the script itself; put back afterwards."""
    monkeypatch.setattr(config, "_config_options", None)
    monkeypatch.setattr(config, "_main_script_path", str(settings.APP))
    monkeypatch.setattr(sys, "orig_argv", ["python"])


@pytest.mark.usefixtures("options")
def test_every_setting_of_the_file_is_watched():
    settings.hold()
    for key, value in settings._wanted().items():
        other = not value if isinstance(value, bool) else f"not {value}"
        config.set_option(key, other, "/elsewhere/.streamlit/config.toml")
        with pytest.raises(SystemExit, match=r"(?s)does not start: .*streamlit run /") as refused:
            settings.hold()
        assert f"{key} is {other!r}, not {value!r}" in str(refused.value)
        config.set_option(key, other, config._DEFINED_BY_FLAG)
        settings.hold()


@pytest.mark.usefixtures("options")
@pytest.mark.parametrize("name", settings._NEEDED)
def test_a_streamlit_that_cannot_be_asked_is_refused(name, monkeypatch):
    monkeypatch.delattr(config, name)
    with pytest.raises(
        SystemExit, match=rf"does not start: Streamlit \S+ has no streamlit\.config\.{name}.*requirements"
    ):
        settings.hold()


@pytest.mark.usefixtures("options")
@pytest.mark.parametrize("text", [None, "[server"])
def test_settings_that_cannot_be_read_are_refused(text, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "FILE", tmp_path / "config.toml")
    if text is not None:
        settings.FILE.write_text(text)
    with pytest.raises(SystemExit, match=r"does not start: the settings in .*config\.toml cannot be read"):
        settings.hold()


def test_whether_visitors_may_change_anything_is_said_plainly_or_nothing_starts(monkeypatch):
    monkeypatch.setenv(SETTING, "maybe")
    with pytest.raises(SystemExit, match=rf"does not start: {SETTING} is 'maybe'. Expected 1, true, yes or on "):
        settings.hold()
