import pytest

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
