from __future__ import annotations
import json, pathlib, pytest
from tests.e2e.talks.conftest import People
TALKS = json.loads(pathlib.Path("/tmp/f3_talks.json").read_text())
async def test_scratch(person: People) -> None:
    out = open("/tmp/f3_out.txt", "w")
    for who, lines in TALKS:
        p = await person(who)
        print("=====", who, file=out)
        for line in lines:
            h = await p.says(line)
            print(">>", line, file=out); print(h.text, h.options, file=out, flush=True)
