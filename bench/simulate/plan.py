"""Who comes, for what, in which manner: drawn from the shop's state with a seed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from bench.simulate import aims_after, aims_goods, aims_orders
from bench.simulate.books import Books, Scene
from bench.simulate.goals import Aim, Goal, Target
from bench.simulate.manners import MANNERS, Manner
from conversations.errors import ZhangguiError
from shop.operations.kinds import HANDLERS

AIMS: tuple[Aim, ...] = (*aims_orders.AIMS, *aims_after.AIMS, *aims_goods.AIMS)


class NothingToPlay(ZhangguiError):
    """No conversation of the kinds that were asked for is possible in this shop."""


@dataclass(frozen=True)
class Part:
    """One conversation to be played. `number` seeds everything that is drawn in it."""

    number: int
    aim: Aim
    manner: Manner
    customer: str
    target: Target


def possible_aims(names: Collection[str] = ()) -> tuple[Aim, ...]:
    """The aims that the shop's operations allow, of these names (none: all)."""
    return tuple(aim for aim in AIMS if aim.possible(HANDLERS) and (not names or aim.name in names))


def manners(names: Collection[str] = ()) -> tuple[Manner, ...]:
    """The manners of these names (none: all)."""
    return tuple(manner for manner in MANNERS if not names or manner.name in names)


def generator(seed: int, number: int) -> Random:
    """The random source of one conversation."""
    return Random(f"{seed}/{number}")


async def scenes(books: Books, customers: Sequence[str]) -> dict[str, Scene]:
    """Every customer's scene, each with a stranger's order."""
    found = {customer: await books.scene(customer) for customer in customers}
    with_orders = [scene for scene in found.values() if scene.orders]
    random = Random(len(with_orders))
    return {
        customer: await books.scene(
            customer,
            strangers=tuple(
                random.choice(other.orders)
                for other in random.sample(with_orders, min(2, len(with_orders)))
                if other.customer.id != customer
            ),
        )
        for customer in found
    }


def plan(
    found: Mapping[str, Scene],
    *,
    aims: Sequence[Aim],
    manners: Sequence[Manner],
    count: int,
    seed: int,
) -> list[Part]:
    """The parts to be played, in order. No two goals that change something share an order.

    Raises:
        NothingToPlay: none of the aims is possible.
    """
    random = Random(seed)
    stock = {aim.name: list(_shuffled(aim, found, random)) for aim in aims}
    used: set[str] = set()
    parts: list[Part] = []
    waiting: dict[str, list[Manner]] = {}
    open_ = list(aims)
    while len(parts) < count and open_:
        aim = random.choices(open_, [one.weight for one in open_])[0]
        chosen = _next(aim, stock[aim.name], used, found, random)
        if chosen is None:
            open_.remove(aim)
            continue
        customer, target = chosen
        left = waiting.setdefault(aim.name, [])
        if not left:
            left += random.sample(list(manners), len(manners))
        parts.append(Part(len(parts), aim, left.pop(), customer, target))
    if not parts:
        raise NothingToPlay("这家店铺的订单里，没有能演这些目标的；换一个 --goal 试试")
    return parts


def _shuffled(aim: Aim, found: Mapping[str, Scene], random: Random) -> Iterator[tuple[str, Target]]:
    targets = [
        (customer, target) for customer, scene in found.items() for target in aim.targets(scene)
    ]
    random.shuffle(targets)
    return iter(targets)


def _next(
    aim: Aim,
    targets: list[tuple[str, Target]],
    used: set[str],
    found: Mapping[str, Scene],
    random: Random,
) -> tuple[str, Target] | None:
    while targets:
        customer, target = targets.pop()
        if target.key and target.key in used:
            continue
        goal = aim.goal(found[customer], target, random)
        if goal is None:
            continue
        if goal.effect is not None:
            used.add(target.key)
        elif not goal.after_sales:
            targets.insert(0, (customer, target))  # asking wears nothing out
        return customer, target
    return None


def now_goal(part: Part, scene: Scene, random: Random) -> Goal | None:
    """The part's goal as the shop stands now; None: it is not possible any more."""
    for target in part.aim.targets(scene):
        if _same(target, part.target):
            return part.aim.goal(scene, target, random)
    return None


def _same(one: Target, other: Target) -> bool:
    return _ids(one) == _ids(other)


def _ids(target: Target) -> tuple[str, ...]:
    things = (target.order, target.line, target.parcel, target.product)
    return tuple(thing.id if thing is not None else "" for thing in things)
