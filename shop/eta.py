"""When a parcel should arrive, from what the shop's own parcels really took: no promises of ours.

The interval is the 20th to the 90th percentile of past transit times from shipping to signing,
among those that took longer than this parcel has already taken. A parcel that has outlasted
nearly all others, or whose newest node has been silent for longer than usual, gets no interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta, timezone

from shop.policies import Policy
from shop.types import Eta, Parcel, ParcelState

MIN_SAMPLE = 10  # parcels of a route, else of the carrier, else of all
MIN_LONGER = 3  # parcels that took longer than this one already has
SAMPLE_LIMIT = 200  # newest finished parcels looked at for each step
_LOW, _HIGH = 20, 90
_ROUNDS_END = time(21)  # couriers' last round, local

_ON_THE_WAY = frozenset(
    {
        ParcelState.NO_TRACE,
        ParcelState.COLLECTED,
        ParcelState.IN_TRANSIT,
        ParcelState.DELIVERING,
    }
)


def estimate(
    parcel: Parcel,
    *,
    samples: Sequence[Sequence[timedelta]],
    policy: Policy,
    now: datetime,
) -> Eta:
    """The honest estimate for one parcel.

    Args:
        parcel: with its trace.
        samples: past transit times, nearest kind first: of the route, of the carrier, of all.
        policy: for the usual silence of carriers and the shop's time zone.
        now: the moment of asking, with a zone.
    """
    stuck = stuck_hours(parcel, policy=policy, now=now)
    durations = next((list(s) for s in samples if len(s) >= MIN_SAMPLE), [])
    if stuck is not None or parcel.state not in _ON_THE_WAY:
        return Eta(earliest=None, latest=None, stuck_hours=stuck, sample=len(durations))
    elapsed = now - parcel.shipped_at
    longer = sorted(duration for duration in durations if duration > elapsed)
    if len(longer) < MIN_LONGER:
        return Eta(earliest=None, latest=None, stuck_hours=None, sample=len(durations))
    earliest = parcel.shipped_at + _percentile(longer, _LOW)
    latest = parcel.shipped_at + _percentile(longer, _HIGH)
    if parcel.state is ParcelState.DELIVERING:
        earliest, latest = _with_the_courier(earliest, latest, policy=policy, now=now)
    return Eta(earliest=earliest, latest=latest, stuck_hours=None, sample=len(durations))


def stuck_hours(parcel: Parcel, *, policy: Policy, now: datetime) -> int | None:
    """Hours since the newest news, when that is longer than usual for carrier and leg, else None.

    Without any news the silence counts from shipping.
    """
    newest = parcel.newest
    usual = policy.usual_silence(parcel.carrier_code, parcel.state)
    silent = now - (newest.at if newest else parcel.shipped_at)
    if usual is None or silent <= timedelta(hours=usual):
        return None
    return int(silent.total_seconds() // 3600)


def _percentile(ordered: Sequence[timedelta], percent: int) -> timedelta:
    """Linear between the two nearest, as `statistics.quantiles(method="inclusive")` does."""
    position = (len(ordered) - 1) * percent / 100
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def _with_the_courier(
    earliest: datetime, latest: datetime, *, policy: Policy, now: datetime
) -> tuple[datetime, datetime]:
    """Handed to a courier before the last round ends: today, whatever others took."""
    local = now.astimezone(policy.zone)
    end = datetime.combine(local.date(), _ROUNDS_END, policy.zone).astimezone(timezone.utc)
    if end <= now:
        return earliest, latest
    return min(earliest, end), min(latest, end)
