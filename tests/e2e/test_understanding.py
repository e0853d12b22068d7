"""The trained model on the messages held back: nothing may fall below its floor."""

import asyncio
from pathlib import Path

import pytest

from bench.understanding.__main__ import evaluate, newest_model
from bench.understanding.page import Evaluation, summary, write

# The evaluation reads eight thousand messages and every example before the first test.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

LARGEST_NEAR_SHARE = 0.02
LARGEST_TEMPLATE_SHARE = 0.02


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    work = tmp_path_factory.mktemp("understanding")
    return asyncio.run(evaluate(newest_model(), work=work, command="pytest"))


def test_the_model_understands_as_well_as_it_did(found: Evaluation) -> None:
    assert found.floors
    assert found.below == {}, summary(found)


def test_examples_are_no_copies_and_no_templates(found: Evaluation) -> None:
    near = [f"{a.plain} / {b.plain}" for a, b in found.variety.near]
    assert found.variety.near_share <= LARGEST_NEAR_SHARE, near[:20]
    assert found.variety.template_share <= LARGEST_TEMPLATE_SHARE, found.variety.templates[:5]


def test_the_report_is_one_page_with_pictures(found: Evaluation, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write(found, page)
    html = page.read_text(encoding="utf-8")
    assert html.count("<svg") == 5
    assert "留出的消息" in html and "http://" not in html.replace("http://www.w3.org", "")
