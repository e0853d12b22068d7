"""看、改、检查数据库里的知识文档：python -m deploy.knowledge。

数据库里的文档和 data/knowledge/entries/*.yml 写法一样、一起生效；同名的文档代替那个文件。
写入后一秒内在所有机器上生效，不用训练、不用重启。数据库由 DATABASE_URL 指定，不设就用内置的。
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from actions.rules import rules_in
from actions.skills import STORIES
from conversations.database import DEFAULT_URL, Database
from conversations.errors import ZhangguiError
from shop.documents import DocumentTable, NoDocument
from shop.knowledge import Knowledge, check_entries

FOLDER = Path(__file__).resolve().parent.parent / "data" / "knowledge"
_EPILOG = "退出码：0 成功，1 没有做成（原因见输出），2 命令写错了。"


def main(arguments: Sequence[str] | None = None, *, folder: Path = FOLDER) -> int:
    """Run one command of the operator; the exit status.

    Args:
        arguments: default: those of the process.
        folder: the knowledge whose files count beside the documents.
    """
    options = _parser().parse_args(arguments)
    try:
        print(asyncio.run(_run(options, folder)))
    except (ZhangguiError, OSError, UnicodeDecodeError) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.knowledge",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令")
    commands.add_parser("list", help="列出文档：版本、时间、谁改的、是否代替文件")
    show = commands.add_parser("show", help="打印一篇文档的原文")
    put = commands.add_parser("put", help="检查一个文件，没问题就写进数据库")
    put.add_argument("file", metavar="文件", type=Path, help="要写入的 YAML 文件")
    put.add_argument("--as", dest="name", metavar="文档名", help="默认是文件自己的名字")
    remove = commands.add_parser("remove", help="从数据库删掉一篇；有同名文件的，文件重新生效")
    for command in (show, remove):
        command.add_argument("name", metavar="文档名", help="例如 studio.yml")
    for command in (put, remove):
        command.add_argument("--by", required=True, metavar="谁", help="谁改的，会记下来")
        command.add_argument(
            "--seen",
            type=int,
            metavar="版本",
            help="只有数据库里还是这一版（0：还没有这篇）才动手；不写就不管别人改没改过",
        )
    commands.add_parser("check", help="检查文件和数据库里的文档合起来能不能用")
    return parser


async def _run(options: argparse.Namespace, folder: Path) -> str:
    database = Database.from_url(os.environ.get("DATABASE_URL") or DEFAULT_URL)
    table = DocumentTable(database=database, check=partial(check_entries, folder))
    try:
        if options.command == "list":
            return await _list(table, folder)
        if options.command == "show":
            return await _show(table, options.name)
        if options.command == "check":
            return await _check(table, folder)
        if options.command == "remove":
            await table.remove(options.name, by=options.by, seen=options.seen)
            again = "，同名文件重新生效" if _is_file(folder, options.name) else ""
            return f"已删除 {options.name}{again}"
        name = options.name or options.file.name
        text = options.file.read_text(encoding="utf-8")
        document = await table.put(name, text, by=options.by, seen=options.seen)
        instead = "，代替同名文件" if _is_file(folder, name) else ""
        written = f"已写入 {name}，第 {document.version} 版{instead}；一秒内生效"
        return "\n".join([written, *_doubts(await _entries(table, folder), folder)])
    finally:
        await database.close()


async def _list(table: DocumentTable, folder: Path) -> str:
    lines = [
        f"{document.name}\t第 {document.version} 版\t"
        f"{document.updated_at.astimezone():%Y-%m-%d %H:%M}\t{document.updated_by}"
        + ("\t代替同名文件" if _is_file(folder, document.name) else "")
        for document in await table.all()
    ]
    return "\n".join(lines) or "数据库里没有知识文档，只有文件"


async def _show(table: DocumentTable, name: str) -> str:
    for document in await table.all():
        if document.name == name:
            return document.text.removesuffix("\n")
    raise NoDocument(f"there is no document {name} in the database")


async def _check(table: DocumentTable, folder: Path) -> str:
    known = await _entries(table, folder)
    good = f"没有错误：{len(await table.all())} 篇文档，和文件合起来 {len(known.entries)} 条"
    return "\n".join([good, *_doubts(known, folder)])


async def _entries(table: DocumentTable, folder: Path) -> Knowledge:
    documents = {document.name: document.text for document in await table.all()}
    return check_entries(folder, documents)


def _doubts(known: Knowledge, folder: Path) -> list[str]:
    """What can be used but is hardly meant so."""
    topics = {*rules_in(STORIES), "return_steps"}  # the latter: asked while a return is filled in
    doubts = []
    for entry in known.entries.values():
        if entry.topic not in topics:
            doubts.append(f"注意：{entry.id} 的主题 {entry.topic} 不是意图，几乎不会被用到")
        if entry.image.startswith("/") and not (folder.parent / entry.image[1:]).is_file():
            doubts.append(f"注意：{entry.id} 的图片 {entry.image} 不在这台机器上")
    return doubts


def _is_file(folder: Path, name: str) -> bool:
    return (folder / "entries" / name).is_file()


if __name__ == "__main__":
    raise SystemExit(main())
