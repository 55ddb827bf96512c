"""The networks of the contact sheet: short to write, and nothing lies on anything."""

import importlib.util
import inspect
from pathlib import Path

import pytest
from manim import WHITE

from nnviz._manim import temp_config

FILE = Path(__file__).parents[2] / "docs" / "networks.py"
spec = importlib.util.spec_from_file_location("networks", FILE)
networks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(networks)
PICTURES = networks.networks()


@pytest.mark.every(4)
@pytest.mark.parametrize("name", PICTURES)
def test_each_network_of_the_sheet_is_short_and_nothing_overlaps(name, check_boxes):
    make = PICTURES[name]
    body = inspect.getsource(make).strip().splitlines()[1:]
    assert len(body) <= 10
    with temp_config({"background_color": WHITE} if name.startswith("light") else {}):
        check_boxes(make())


def test_there_are_thirty_six():
    assert len(PICTURES) == 36
