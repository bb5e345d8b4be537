import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LatentLensError
from dashboard.told import plain


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("Run 7 is damaged é 日本", "Run 7 is damaged é 日本"),
        ("![x](y)", r"\!\[x\]\(y\)"),
        ("<b> & `c` $d$ {e}|~f~", r"\<b\> \& \`c\` \$d\$ \{e\}\|\~f\~"),
        ("# one\n- two\n\n1. three", "\\# one\\\n\\- two\\\n\\\n1\\. three"),
        ("a\r\n    b\u2028c\n", "a\\\nb\\\nc"),
        ("http://a", r"http\::gray[]\/\/a"),
        ("WWW.a", r"WWW:gray[]\.a"),
        ("a@b", r"a\@:gray[]b"),
        (":red[x] :smile:", r"\::gray[]red\[x\] \::gray[]smile\::gray[]"),
        ("a -> b <= c", r"a \-:gray[]\> b \<:gray[]\= c"),
        ("ends in \\", r"ends in \\"),
        ("file \udcff", r"file \\udcff"),
        ("", ""),
        (LatentLensError("a*b_c"), r"a\*b\_c"),
    ],
)
def test_text_becomes_markdown_that_shows_it(text, markdown):
    assert plain(text) == markdown
    plain(text).encode()  # what is sent to the browser has to be Unicode


def parts_that_streamlit_runs_on_their_own() -> None:
    import streamlit as st

    from core.errors import LatentLensError
    from dashboard.told import errors_told

    @st.fragment
    @errors_told()
    def fragment():
        if st.button("Fragment"):
            raise LatentLensError("*One* is wrong.")

    @st.dialog("Dialog")
    @errors_told()
    def dialog():
        raise LatentLensError("*Two* is wrong.")

    fragment()
    if st.button("Dialog"):
        dialog()
    st.title("Goes on")


@pytest.mark.parametrize(("label", "told"), [("Fragment", "One"), ("Dialog", "Two")])
def test_an_error_in_a_part_that_runs_on_its_own_is_told(label, told):
    app = AppTest.from_function(parts_that_streamlit_runs_on_their_own).run()
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    assert [error.value for error in app.error] == [rf"\*{told}\* is wrong\."]
    assert app.title[0].value == "Goes on"
