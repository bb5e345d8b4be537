"""Colours: the same class and the same loss always look the same, in both themes and to colour-blind people."""

# Petroff 2021, "Accessible color sequences for data visualization": ten colours, told apart with colour-vision
# deficiencies, readable on light and on dark ground.
CLASS_COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip

# Okabe and Ito 2008, those with enough contrast on both grounds.
LOSS_COLOURS = {"mse": "#d55e00", "bce": "#0072b2", "perceptual": "#009e73"}
_OTHER_LOSSES = ("#cc79a7", "#56b4e9", "#e69f00")

# Grey recedes and magenta stands out; neither is a class's or a loss's colour.
RIGHT, WRONG = "#9aa5b1", "#c2185b"
LOW_ERROR, HIGH_ERROR = "#5b8fd9", "#d9480f"  # both seen on a light and on a dark ground


def text_on(colour: str) -> str:
    """Black or white, whichever is easier to read on `#rrggbb`: at least 4.5 to 1 on any colour."""
    light = luminance(colour)
    return "#ffffff" if contrast(1, light) > contrast(light, 0) else "#000000"


def contrast(one: float, other: float) -> float:
    """The contrast ratio, 1 to 21, of two relative luminances (WCAG 2.2)."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, 0 for black to 1 for white (WCAG 2.2)."""
    parts = (value / 255 for value in bytes.fromhex(colour.removeprefix("#")))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def loss_colour(loss: str) -> str:
    """The accent of a loss; losses without one of their own share the spare ones by name."""
    return LOSS_COLOURS.get(loss) or _OTHER_LOSSES[sum(loss.encode()) % len(_OTHER_LOSSES)]


def cluster_colour(cluster: int) -> str:
    """A colour for a cluster number: the golden angle keeps neighbours in number apart in hue."""
    return f"hsl({cluster * 137.508 % 360:.0f}, {60 + 15 * (cluster % 2)}%, {45 + 12 * (cluster // 2 % 2)}%)"
