"""The shop's own pictures: files, and a parcel's way drawn from its name."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shop.pictures import NoSuchPicture, ShopPictures, chinese_font
from shop.route_pictures import (
    LONGEST_NAME,
    NoRoute,
    RoutePicture,
    Stop,
    name_of,
    picture_of,
    shortened,
    svg,
)

SECRET = "s" * 32
WAY = RoutePicture(
    "圆通 YT8830027719465",
    (
        Stop("杭州", "11月15日 18:20", "已揽收", True),
        Stop("南京", "昨天 09:40", "运输中", True),
        Stop("北京", "", "目的地", False),
    ),
    "预计明天（周四）送达",
)
words = st.text(max_size=12)
stops = st.builds(Stop, words, words, words, st.booleans())
pictures = st.builds(RoutePicture, words, st.lists(stops, max_size=6).map(tuple), words)


@given(pictures)
def test_the_name_says_all_that_is_drawn(picture: RoutePicture) -> None:
    assert picture_of(name_of(picture, SECRET), SECRET) == picture


def test_a_usual_name_fits_into_an_address() -> None:
    assert len(name_of(WAY, SECRET)) < LONGEST_NAME / 2


@pytest.mark.parametrize(
    "name",
    [
        "route-.svg",
        "route-abc.def.svg",
        "coat.svg",
        "route-" + "a" * 5_000 + ".b.svg",
        name_of(WAY, SECRET).replace("route-e", "route-f"),
        name_of(WAY, "another secret"),
    ],
)
def test_what_we_have_not_drawn_is_not_drawn(name: str) -> None:
    with pytest.raises(NoRoute):
        picture_of(name, SECRET)


def test_the_drawing_is_well_formed_whatever_is_written() -> None:
    evil = RoutePicture('<script>"&', (Stop("</text>", "'", "&lt;", True),), "]]>")
    texts = [one.text for one in ElementTree.fromstring(svg(evil)).iter() if one.text]
    assert '<script>"&' in texts
    assert "</text>" in texts


def test_the_last_place_reached_is_where_it_is() -> None:
    assert WAY.here == 1
    assert RoutePicture("x", ()).here == -1


def test_a_long_way_keeps_its_beginning_and_its_end() -> None:
    way = [Stop(str(number), "", "", True) for number in range(20)]
    assert [stop.place for stop in shortened(way)] == ["0", "15", "16", "17", "18", "19"]


def test_files_and_drawings_are_loaded_by_name(tmp_path: Path) -> None:
    (tmp_path / "coat.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "coat.png").write_bytes(b"PNG")
    shop = ShopPictures(root=tmp_path, secret=SECRET)
    assert shop.load("coat.svg").content_type == "image/svg+xml"
    assert shop.bitmap("coat.svg").data == b"PNG"
    drawn = shop.load(name_of(WAY, SECRET))
    assert "南京".encode() in drawn.data


@pytest.mark.parametrize("name", ["", "../products.yml", "a/b.svg", "none.svg", "coat", "x.html"])
def test_nothing_else_is_loaded(tmp_path: Path, name: str) -> None:
    with pytest.raises(NoSuchPicture):
        ShopPictures(root=tmp_path, secret=SECRET).load(name)


def test_without_a_secret_nothing_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPicture):
        ShopPictures(root=tmp_path).load(name_of(WAY, SECRET))


def test_channels_without_svg_get_the_same_drawing_as_a_png() -> None:
    assert chinese_font() is not None, "fonts-noto-cjk is missing: deploy/test_tools.sh installs it"
    data = ShopPictures(secret=SECRET).bitmap(name_of(WAY, SECRET)).data
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (1280, 2 * WAY.height)
        assert image.convert("L").getextrema() < (200, 255)
