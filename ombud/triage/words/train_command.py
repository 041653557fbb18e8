"""`ombud triage train`: learn a city's model from its own requests, or choose among those it has learned."""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any

from ombud.kernel import clock
from ombud.plumbing import walls
from ombud.triage.words import cities, commands, queries, training, watching
from ombud.triage.words.rules import judging
from ombud.triage.words.rules.judging import Guess, Judgement
from ombud.triage.words.tables import say

HELP = "Learn which words ask for which service from a city's own requests, and use it where it is not worse"


def add_arguments(parser: ArgumentParser) -> None:
    """Take the city and what to do."""
    parser.add_argument("--city", required=True, help="the city's id")
    does = parser.add_mutually_exclusive_group()
    does.add_argument("--dry-run", action="store_true", help="say how it would do and keep nothing")
    does.add_argument("--list", action="store_true", help="list the models that were kept")
    does.add_argument("--use", type=int, metavar="NUMBER", help="use a kept model; 0 goes back to the catalogue's")


def run(options: Mapping[str, Any]) -> None:
    """Do it, and say how good it is. Raises BadInput where there is too little to learn from."""
    city_id = options["city"]
    with cities.entered(city_id) as city:
        if uncovered := watching.lists_of(city.city).uncovered:
            say(f"WARNING: danger is not looked for in {', '.join(uncovered)}: there is no list of words for it.")
    with walls.inside(city_id):
        if options["list"]:
            _list(city_id)
        elif options["use"] is not None:
            commands.use_model(jurisdiction_id=city_id, number=options["use"], at=clock.now())
            say(f"Model {options['use']} is used from now on.")
        else:
            _train(city_id, dry_run=options["dry_run"])


def _train(city_id: str, *, dry_run: bool) -> None:
    trial = training.attempt(city_id)
    learned = trial.learned
    places = "help" if trial.with_places else "do not help"
    say(
        f"Learned from {learned.n_learned:,} requests until {learned.learned_until:%Y-%m-%d}; judged on the "
        f"{learned.n_held_out:,} newest, which it had not seen. Places {places}."
    )
    say(_told("new", judging.judge(trial.fresh)))
    say(_told(f"in use (model {trial.in_use})", judging.judge(trial.used)))
    _bins(judging.judge(trial.fresh))
    _by("service", trial.fresh, [row.service_code for row in trial.held_out])
    _by("language", trial.fresh, [row.language for row in trial.held_out])
    if not trial.is_not_worse:
        say("It is worse than the one in use, so that stays. Nothing was kept.")
    elif dry_run:
        say("It would be used. Nothing was kept: --dry-run.")
    else:
        number = commands.keep_model(jurisdiction_id=city_id, model=trial.model, learned=learned, at=clock.now())
        commands.use_model(jurisdiction_id=city_id, number=number, at=clock.now())
        say(f"Kept as model {number}, and used from now on. `--use {trial.in_use}` goes back.")


def _told(name: str, judged: Judgement) -> str:
    return (
        f"  {name}: right at first {judged.first}, among three {judged.among}; "
        f"Brier score {judged.brier or 0:.3f}, sureness off by {judged.gap or 0:.3f}"
    )


def _bins(judged: Judgement) -> None:
    say("When it is so sure, it is right:")
    for found in judged.bins:
        say(f"  {found.low:.0%} to {found.high:.0%}: says {found.sure:.0%}, is {found.right}")


def _by(what: str, guesses: Sequence[Guess], names: Sequence[str]) -> None:
    say(f"By {what}:")
    for name, judged in judging.by(zip(names, guesses, strict=True)).items():
        say(f"  {name}: right at first {judged.first}, among three {judged.among}")


def _list(city_id: str) -> None:
    kept = queries.versions(city_id)
    for version in kept:
        whole = version.report.get("new", {}).get("whole", {})
        right = f", right at first {whole['first']} of {whole['n']} held out" if whole else ""
        learned = f"from {version.n_learned:,} requests" if version.n_learned else "from the catalogue and our phrases"
        used = " (in use)" if version.in_use else ""
        say(f"{version.number}{used}: {version.made_at:%Y-%m-%d %H:%M}, {learned}{right}")
    if not kept:
        say("No model is kept. Suggestions come from the catalogue and our phrases.")
