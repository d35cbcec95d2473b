"""How the window looks: two tables of colours, and the palette and style sheet made of them."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

THEME_CHOICES = {"system": "As the system", "light": "Light", "dark": "Dark"}


@dataclass(frozen=True, slots=True)
class Theme:
    """Every colour that widgets of ours paint with, as ``#rrggbb``."""

    name: str
    window: str
    panel: str
    base: str
    raised: str
    pressed: str
    border: str
    text: str
    muted: str
    disabled: str
    accent: str
    on_accent: str
    selection: str
    playhead: str
    hatch: str
    warning: str
    error: str

    def colour(self, name: str) -> QColor:
        """Return one colour of the table by its field's name."""
        return QColor(getattr(self, name))


DARK = Theme(
    name="dark",
    window="#1f2226",
    panel="#26292e",
    base="#191b1f",
    raised="#31353c",
    pressed="#3b4049",
    border="#3a3f47",
    text="#dfe3e8",
    muted="#98a1ad",
    disabled="#626a75",
    accent="#5b9dea",
    on_accent="#0c1420",
    selection="#2b4463",
    playhead="#ff6f61",
    hatch="#16181b",
    warning="#f0b84a",
    error="#ff8077",
)
LIGHT = Theme(
    name="light",
    window="#eceef1",
    panel="#f7f8fa",
    base="#ffffff",
    raised="#ffffff",
    pressed="#dfe4ea",
    border="#cdd3da",
    text="#1d232b",
    muted="#5d6875",
    disabled="#9aa3ad",
    accent="#1f66b8",
    on_accent="#ffffff",
    selection="#cfe2f8",
    playhead="#d8392b",
    hatch="#ffffff",
    warning="#8a5a00",
    error="#b3261e",
)

PALETTE_ROLES = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.Base: "base",
    QPalette.ColorRole.AlternateBase: "panel",
    QPalette.ColorRole.Button: "raised",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.PlaceholderText: "muted",
    QPalette.ColorRole.Highlight: "selection",
    QPalette.ColorRole.HighlightedText: "text",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Dark: "border",
    QPalette.ColorRole.Light: "raised",
    QPalette.ColorRole.Midlight: "pressed",
    QPalette.ColorRole.Accent: "accent",
}
DISABLED_ROLES = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)

_OUTLINE_PERCENT = 140
"""How much darker than the window's colour the style "Fusion" makes an outline."""

STYLE_SHEET = """
QToolTip { background: @raised; color: @text; border: 1px solid @border; padding: 4px 6px; }
QMainWindow::separator { background: @window; width: 5px; height: 5px; }
QMainWindow::separator:hover { background: @accent; }
QMenuBar { background: @window; padding: 1px 4px; }
QMenuBar::item { padding: 4px 9px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: @pressed; }
QMenu { background: @panel; border: 1px solid @border; padding: 4px; }
QMenu::item { padding: 4px 26px 4px 10px; border-radius: 4px; }
QMenu::icon { padding-left: 6px; }
QMenu::icon:checked { background: @selection; border: 1px solid @accent; border-radius: 4px; }
QMenu::item:selected { background: @selection; }
QMenu::item:disabled { color: @disabled; background: transparent; }
QMenu::separator { height: 1px; background: @border; margin: 4px 6px; }
QToolBar { background: @window; border: none; padding: 4px; spacing: 2px; }
QToolBar::separator { background: @border; width: 1px; height: 1px; margin: 4px; }
QToolButton { border: 1px solid transparent; border-radius: 5px; padding: 4px; background: transparent; }
QToolButton:hover { background: @pressed; }
QToolButton:pressed { background: @selection; }
QToolButton:checked { background: @selection; border-color: @accent; }
QToolButton:focus { border-color: @accent; }
QToolBarExtension { padding: 0; }
QToolButton[arrow="true"]::menu-indicator { image: none; width: 0; }
QDockWidget { titlebar-close-icon: none; titlebar-normal-icon: none; font-weight: 600; }
QDockWidget::title { background: @window; padding: 5px 8px; text-align: left; }
QDockWidget > QWidget { background: @panel; }
QStatusBar { background: @window; color: @muted; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: @muted; padding: 0 8px; }
QPushButton { background: @raised; border: 1px solid @border; border-radius: 5px; padding: 4px 12px; min-height: 18px; }
QPushButton:hover { background: @pressed; }
QPushButton:pressed { background: @selection; }
QPushButton:checked { background: @selection; border-color: @accent; }
QPushButton:focus { border-color: @accent; }
QPushButton:disabled { color: @disabled; background: @panel; }
QPushButton[primary="true"] { background: @accent; color: @on_accent; border-color: @accent; font-weight: 600; }
QPushButton[primary="true"]:hover { border-color: @text; }
QPushButton[primary="true"]:disabled { background: @panel; color: @disabled; border-color: @border; }
QLineEdit, QSpinBox, QDoubleSpinBox { background: @base; border: 1px solid @border; border-radius: 5px;
    padding: 2px 6px; min-height: 20px; selection-background-color: @selection; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled { color: @disabled; background: @panel; }
QComboBox { background: @raised; border: 1px solid @border; border-radius: 5px; padding: 2px 8px; min-height: 20px; }
QComboBox:hover { background: @pressed; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox::down-arrow { image: url(@down_arrow); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: @panel; border: 1px solid @border; selection-background-color: @selection; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus { border-color: @accent; }
QListView, QTreeView, QTableView { background: @base; border: 1px solid @border; border-radius: 5px; outline: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QTextBrowser { background: @base; border: 1px solid @border; border-radius: 5px; }
QTreeView::item { min-height: 20px; }
QListView::item:selected, QTreeView::item:selected { background: @selection; color: @text; }
QListView:focus, QTreeView:focus { border-color: @accent; }
QHeaderView::section { background: @panel; color: @muted; border: none; padding: 3px 6px; }
QProgressBar { background: @base; border: 1px solid @border; border-radius: 4px; height: 8px; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle { background: @pressed; border-radius: 4px; margin: 2px; min-width: 24px; min-height: 24px; }
QScrollBar::handle:hover { background: @disabled; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page
    { background: none; border: none; width: 0; height: 0; }
QTabBar::tab { background: transparent; color: @muted; padding: 5px 12px; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: @text; border-bottom-color: @accent; }
QTabBar::tab:hover { color: @text; }
QTabBar::tab:focus { color: @accent; }
QTabWidget::pane { border: none; }
QToolButton[segment="true"] { border: 1px solid @border; background: @raised; padding: 3px 4px; }
QToolButton[segment="true"]:hover { background: @pressed; }
QToolButton[segment="true"]:checked { background: @selection; border-color: @accent; }
QToolButton[segment="true"]:disabled { color: @disabled; background: @panel; }
QToolButton[segment="true"]:focus { border-color: @text; }
QFrame#banner { background: @raised; border: 1px solid @border; border-left: 3px solid @accent; border-radius: 6px; }
QFrame#banner[warning="true"] { border-left-color: @warning; }
QStatusBar QLabel[alarm="true"] { color: @error; font-weight: 600; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QLabel[muted="true"] { color: @muted; }
QLabel[heading="true"] { font-weight: 600; }
QSlider::groove:horizontal { height: 4px; background: @pressed; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -5px 0; border-radius: 6px;
    background: @raised; border: 1px solid @muted; }
QSlider::handle:horizontal:focus { border-color: @accent; }
"""


def resolved(choice: str) -> Theme:
    """Return the theme for "light", "dark", or "system", which asks the desktop."""
    if choice == "system":
        scheme = QGuiApplication.styleHints().colorScheme()
        return DARK if scheme is Qt.ColorScheme.Dark else LIGHT
    return DARK if choice == "dark" else LIGHT


def palette_of(theme: Theme) -> QPalette:
    """Return Qt's palette with the colours of `theme`."""
    palette = QPalette()
    for role, name in PALETTE_ROLES.items():
        palette.setColor(role, theme.colour(name))
    for role in DISABLED_ROLES:
        palette.setColor(QPalette.ColorGroup.Disabled, role, theme.colour("disabled"))
    return palette


def check_box_palette_of(theme: Theme) -> QPalette:
    """Return Qt's palette for check boxes: their outline is made of the window's colour, and was lost on a dark one."""
    palette = palette_of(theme)
    for group, name in ((QPalette.ColorGroup.All, "muted"), (QPalette.ColorGroup.Disabled, "disabled")):
        palette.setColor(group, QPalette.ColorRole.Window, theme.colour(name).lighter(_OUTLINE_PERCENT))
    return palette


def style_sheet_of(theme: Theme, down_arrow: str) -> str:
    """Return the style sheet with the colours of `theme` filled in. `down_arrow` is the path of a picture."""
    sheet = STYLE_SHEET.replace("@down_arrow", down_arrow)
    # Longest names first: "@on_accent" must not be read as something else followed by a rest.
    for name in sorted((field.name for field in fields(Theme)), key=len, reverse=True):
        sheet = sheet.replace(f"@{name}", getattr(theme, name))
    return sheet


def apply_theme(application: QApplication, theme: Theme, down_arrow: str) -> None:
    """Dress the whole application in `theme`. GUI thread; 0.1 s with a window open, when it is chosen."""
    application.setPalette(palette_of(theme))
    application.setPalette(check_box_palette_of(theme), "QCheckBox")  # type: ignore[arg-type]  # bytes are refused
    application.setStyleSheet(style_sheet_of(theme, down_arrow))
