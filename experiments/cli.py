"""The command line: `tariff-pause`. Heavy modules are imported inside the commands, so that --help is quick."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.arguments import (
    MOST_REPLICATES,
    TYPICAL_SEED,
    CaseOption,
    CountriesOption,
    CsvOption,
    DesignArgument,
    JsonOption,
    OutOption,
    SeedOption,
    SetOption,
    SettingsOption,
    StrategyOption,
    ThreadsOption,
    chosen,
    chosen_case,
    parse_countries,
    parse_sets,
)
from experiments.guard import guarded
from model.errors import InputError

app = typer.Typer(
    help="Who moves early, who waits, on what terms: the 90-day tariff pause of 2025 as a game.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def run(
    case: CaseOption = None,
    countries: CountriesOption = None,
    seed: SeedOption = None,
    replicate: Annotated[int, typer.Option("--replicate", help="Which run of that seed, as a sweep numbers them.")] = 0,
    sets: SetOption = None,
    strategy: StrategyOption = None,
    settings: SettingsOption = None,
    replay: Annotated[
        Path | None, typer.Option("--replay", metavar="DIR", help="Play a stored run of a sweep's result folder.")
    ] = None,
    point: Annotated[int | None, typer.Option("--point", help="With --replay: which point; default 0.")] = None,
    csv: CsvOption = None,
    calls: Annotated[
        Path | None,
        typer.Option(
            "--calls", metavar="FILE", help="Write each call to a CSV file: what moving and waiting were worth."
        ),
    ] = None,
    json: JsonOption = False,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="KOR",
            help="Say why this country moved or waited at each call; hegemon: why it called whom.",
        ),
    ] = None,
    explain_csv: Annotated[
        Path | None,
        typer.Option("--explain-csv", metavar="FILE", help="Also write what --explain says to a CSV file."),
    ] = None,
) -> None:
    """Play one negotiation, or a stored one again, and show who signed when, and on what terms."""
    from agents.hegemon_strategies import HEGEMON
    from experiments.reports.run import explained_calls, explained_hegemon, play_one, run_report
    from experiments.reports.terminal import show_run
    from experiments.tables.schema import RUN
    from experiments.tables.writing import write_csv

    if not 0 <= replicate < MOST_REPLICATES:
        raise InputError(f"--replicate {replicate}: a whole number from 0 to {MOST_REPLICATES - 1} is allowed")
    if explain_csv is not None and explain is None:
        raise InputError(f"--explain-csv {explain_csv}: it writes what --explain says; add --explain KOR, say")
    if replay is None:
        if point is not None:
            raise InputError("--point needs --replay DIR")
        picked, verdict = chosen(case, countries, sets, strategy, settings), None
        drawn = picked.seed_or(seed, TYPICAL_SEED)
        prepared = picked.prepared()
    else:
        given = {"--case": case, "--countries": countries, "--seed": seed, "--set": sets, "--strategy": strategy}
        refuse_beside_replay({**given, "--settings": settings})
        from experiments.page.replay import replayed

        prepared, drawn, verdict = replayed(replay, point or 0, replicate)
    ids = prepared.setting.case.ids
    whom = None if explain in (None, HEGEMON) else explain
    if whom is not None:
        prepared.setting.case.country(whom, "--explain")
    if explain_csv is not None and whom is None:
        raise InputError(
            f"--explain-csv {explain_csv}: it writes what --explain says of a country, and not of {explain}"
        )
    report = run_report(prepared, play_one(prepared, drawn, replicate), drawn, replicate)
    if verdict is not None:
        report["replay"] = verdict
    if whom is not None:
        report["explanation"] = explained_calls(prepared, drawn, ids.index(whom), replicate)
    elif explain == HEGEMON:
        report["explanation"] = explained_hegemon(prepared, drawn, replicate)
    if csv:
        write_csv(RUN.of(report["countries"]), csv)
    if calls:
        from experiments.reports.calls import calls_of_run

        write_csv(calls_of_run(prepared, drawn, replicate), calls)
    if explain_csv:
        from experiments.reports.calls import account_table

        write_csv(account_table(report["explanation"]), explain_csv)
    warn_of_solver(report["equilibrium"])
    if json:
        print_json(report)
        return
    show_run(report)
    if explain is not None:
        from experiments.reports.explanation import show_explanation, show_hegemon

        if whom is None:
            show_hegemon(report["explanation"])
        else:
            show_explanation(whom, report["explanation"])
    if verdict is not None:
        typer.echo(verdict["text"])


def refuse_beside_replay(given: Mapping[str, Any]) -> None:
    """A stored run has its own case, seed, overrides and strategies."""
    if clash := [name for name, value in given.items() if value not in (None, [])]:
        raise InputError(f"--replay: {', '.join(clash)} cannot be given too; a stored run has its own")


@app.command()
def solve(
    case: CaseOption = None,
    countries: CountriesOption = None,
    sets: SetOption = None,
    strategy: StrategyOption = None,
    settings: SettingsOption = None,
    regret: Annotated[
        bool, typer.Option("--regret", help="Add each country's regret against its best response.")
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Exactly, beyond the usual size too, if free memory allows.")
    ] = False,
    csv: CsvOption = None,
    json: JsonOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Show the exact distribution of outcomes: who signs, when, and what it is worth; no sampling."""
    from experiments.reports.solution import solve_report
    from experiments.reports.terminal import show_solution
    from experiments.tables.schema import SOLVE
    from experiments.tables.writing import write_csv

    report = solve_report(chosen(case, countries, sets, strategy, settings).prepared(exact), regret)
    if csv:
        write_csv(SOLVE.of(report["countries"]), csv)
    warn_of_solver(report)
    if json:
        print_json(report)
    else:
        show_solution(report)


@app.command()
def terms(
    case: CaseOption = None,
    countries: CountriesOption = None,
    country: Annotated[
        list[str] | None,
        typer.Option("--country", metavar="KOR", help="Show this one only, issue by issue. Repeatable; default: all."),
    ] = None,
    sets: SetOption = None,
    settings: SettingsOption = None,
    csv: CsvOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a signature brings, by country, rank, hegemon type, domestic regime and sector news."""
    from experiments.reports.terminal_terms import show_terms
    from experiments.tables.schema import TERMS
    from experiments.tables.terms import terms_rows
    from experiments.tables.writing import write_csv
    from model.terms import make_terms

    picked = chosen(case, countries, sets, settings=settings)
    loaded, setting = picked.case, picked.setting
    for iso3 in country or ():
        loaded.country(iso3, "--country")
    rows = [row for row in terms_rows((setting, make_terms(setting))) if not country or row["country"] in country]
    if csv:
        write_csv(TERMS.of(rows), csv)
    if json:
        print_json(rows)
    else:
        show_terms(rows, loaded.name, country or ())


@app.command()
def sweep(
    design: DesignArgument = None,
    out: OutOption = None,
    replicates: Annotated[
        int | None, typer.Option("--replicates", help="Runs at each point; more than a finished sweep has are added.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Random seed, the same for all points.")] = None,
    countries: CountriesOption = None,
    sets: SetOption = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Replace what the folder holds, finished or not.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Play the points that failed again.")] = False,
    no_figures: Annotated[bool, typer.Option("--no-figures", help="Write the tables only.")] = False,
    save: Annotated[
        str | None,
        typer.Option("--save", metavar="WHAT", help="countries (default): every country in every run; runs; summary."),
    ] = None,
    row_format: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="Of the rows of runs: csv (default) or parquet.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="CONDITION",
            help="Runs are added to a point until a standard error is below a bound, as in 'payoff_bn < 0.02', up to "
            "--replicates.",
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="tcp://HOST:PORT", help="Have a dask.distributed cluster do the work."),
    ] = None,
    threads: ThreadsOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say points, runs, time and bytes, from one point; write nothing.")
    ] = False,
    status: Annotated[
        Path | None, typer.Option("--status", metavar="DIR", help="Say how far a result folder has come; no design.")
    ] = None,
) -> None:
    """Run every point of a design, write the result CSVs and draw the figures. The same command goes on with a
    sweep that was interrupted."""
    from experiments.reports.closing import show_summary
    from experiments.reports.sweep import end_line, failure_text, finished_line, status_lines
    from experiments.reports.terminal import say
    from experiments.sweeps.design_file import load_design, with_overrides
    from experiments.sweeps.estimate import estimate_lines
    from experiments.sweeps.progress import progress_line
    from experiments.sweeps.sweep import run_sweep
    from experiments.tables.changeover import ANALYSIS
    from experiments.tables.folder import kept_text
    from experiments.tables.saving import parse_saving
    from experiments.tables.without_pandas import keep_pandas_out

    keep_pandas_out()
    if status is not None:
        if design is not None:
            raise InputError(f"--status {status}: a design cannot be given too ({design})")
        typer.echo("\n".join(status_lines(status)))
        return
    if design is None:
        raise InputError("sweep: which design? tariff-pause designs lists them; or a .toml file of your own")
    loaded = load_design(design, parse_countries(countries))
    chosen = with_overrides(loaded, parse_sets(loaded.case, sets), replicates, seed, until)
    target, saving = out or Path("results") / chosen.name, parse_saving(save, row_format)
    if dry_run:
        typer.echo("\n".join(estimate_lines(chosen, target, saving)))
        return
    try:
        with progress_line(chosen.name) as progress:
            manifest = run_sweep(
                chosen,
                target,
                saving=saving,
                fresh=fresh,
                retry_failed=retry_failed,
                scheduler=scheduler,
                progress=progress,
            )
    except (KeyboardInterrupt, SystemExit) as stop:
        typer.echo(f"stopped: {kept_text(target) or 'nothing is kept'}", err=True)
        raise SystemExit(stop.code if isinstance(stop, SystemExit) else 130) from None
    if manifest.get("was_finished"):
        typer.echo(finished_line(manifest, target))
        if not no_figures and not (target / ANALYSIS).exists():
            draw_after_sweep(target)
        return
    factor = chosen.varied[0]
    show_summary(target / "summary.csv", chosen.case.ids, factor, chosen.grid.get(factor))
    say(end_line(manifest, target))
    if not_known := manifest.get("points_not_known"):
        typer.echo(
            f"warning: {chosen.until} was not reached at {len(not_known)} of {manifest['points']} points, which have "
            f"{chosen.replicates:,} runs, the most allowed; with more --replicates they are added to",
            err=True,
        )
    if unconverged := manifest["unconverged_points"]:
        typer.echo(
            f"warning: the equilibrium did not converge at {len(unconverged)} of {manifest['points']} points; "
            f"{target}/points.csv says where (converged) and how far from it (residual)",
            err=True,
        )
    if doubtful := manifest["doubtful_points"]:
        typer.echo(
            f"warning: the equilibrium is moment-based and outside of its stated accuracy at {len(doubtful)} of "
            f"{manifest['points']} points; {target}/points.csv says why (doubt)",
            err=True,
        )
    if not no_figures:
        draw_after_sweep(target)
    if failed := failure_text(manifest, target):
        raise InputError(failed)


@app.command()
def measures(
    case: CaseOption = None,
    countries: CountriesOption = None,
    sets: SetOption = None,
    strategy: StrategyOption = None,
    settings: SettingsOption = None,
    measure: Annotated[
        list[str] | None, typer.Option("--measure", metavar="NAME", help="Only this one. Repeatable; default: all.")
    ] = None,
    country: Annotated[
        list[str] | None,
        typer.Option("--country", metavar="KOR", help="Measure this one only. Repeatable; default: all."),
    ] = None,
    replicates: Annotated[int, typer.Option("--replicates", help="Runs behind what is simulated.")] = 2000,
    seed: Annotated[int | None, typer.Option("--seed", help="Random seed of these runs; default 1.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Also write tidy CSVs to a folder.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Replace other results in the folder.")] = False,
    json: JsonOption = False,
    threads: ThreadsOption = None,
) -> None:
    """First-mover advantage, price and option value of waiting, cost of domestic constraint, surplus, clustering."""
    from experiments.measures.report import Question, measure_report, write_measures
    from experiments.reports.terminal_measures import show_measures
    from experiments.sweeps.progress import status_line
    from experiments.sweeps.solving_time import say_what_measures_take

    picked = chosen(case, countries, sets, strategy, settings)
    loaded, drawn, wanted = picked.case, picked.seed_or(seed, 1), (tuple(measure or ()), tuple(country or ()))
    question = Question(loaded, picked.overrides, picked.strategies, *wanted, drawn, replicates)
    names, measured = question.chosen
    say_what_measures_take(picked.setting, picked.mix, names, len(measured))
    with status_line("measures") as status:
        report = write_measures(question, out, fresh, status) if out else measure_report(question, status)
    if json:
        print_json(report)
    else:
        show_measures(loaded.name, report["names"], report["measures"], report["dates"])
        if not country and len(report["countries"]) < len(loaded.ids):
            few = len(report["countries"])
            typer.echo(f"Of {len(loaded.ids)} countries, the {few} from which the hegemon imports most (--country).")
        if out:
            typer.echo(f"Written to {out}/")


def draw_after_sweep(target: Path) -> None:
    """Figures of a sweep that is complete; whatever goes wrong is one line, and the tables stay."""
    from experiments.figures.analyze import analyze, report_text

    try:
        report = analyze(target)
    except Exception as error:
        why = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
        raise InputError(
            f"{target}: the tables are complete, but the figures are not drawn ({' '.join(why.split())}); "
            f"try: tariff-pause analyze {target}"
        ) from None
    typer.echo(report_text(report))


@app.command("analyze")
def analyze_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The result folder of a sweep.")],
) -> None:
    """Draw the figures of a result folder and say what its data support; the model is not run."""
    from experiments.figures.analyze import analyze, report_text

    typer.echo(report_text(analyze(folder)))


@app.command()
def view(
    case: CaseOption = None,
    countries: CountriesOption = None,
    seed: SeedOption = None,
    sets: SetOption = None,
    strategy: StrategyOption = None,
    settings: SettingsOption = None,
    replay: Annotated[
        Path | None, typer.Option("--replay", metavar="DIR", help="Play a stored run of a sweep's result folder.")
    ] = None,
    point: Annotated[int | None, typer.Option("--point", help="With --replay: which point; default 0.")] = None,
    replicate: Annotated[int | None, typer.Option("--replicate", help="With --replay: which run of it.")] = None,
    port: Annotated[int, typer.Option("--port", help="Port to serve on; 0 takes any free one.")] = 8765,
    host: Annotated[str, typer.Option("--host", help="Address to serve on; the default is this machine only.")] = (
        "127.0.0.1"
    ),
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="Another name under which you reach the page. Repeatable."),
    ] = None,
    behind: Annotated[
        str | None, typer.Option("--behind", metavar="URL", help="The page's address, where a proxy is before it.")
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
) -> None:
    """Watch a negotiation day by day in a browser, see why each country moved or waited, change any parameter."""
    from experiments.page.serve import serve
    from experiments.page.start import Start
    from experiments.sweeps.solving_time import say_what_it_takes

    if replay is None:
        if point is not None or replicate is not None:
            raise InputError("--point and --replicate need --replay DIR")
        picked = chosen(case, countries, sets, strategy, settings)
        drawn = picked.seed_or(seed, TYPICAL_SEED)
        say_what_it_takes(picked.setting, picked.mix)
        start = Start(picked.case_given, drawn, picked.overrides, picked.strategies, countries=picked.countries)
    else:
        from experiments.page.replay import read_replay

        given = {"--case": case, "--countries": countries, "--seed": seed, "--set": sets, "--strategy": strategy}
        refuse_beside_replay({**given, "--settings": settings})
        start = read_replay(str(replay), point or 0, replicate or 0)
    serve(start, host, port, open_browser=not no_open, allowed=allow_host or (), behind=behind)


@app.command()
def validate() -> None:
    """Check the model against known results, expected beside obtained."""
    from experiments.reports.terminal import show_checks
    from experiments.reports.validation import all_checks

    checks = all_checks()
    show_checks(checks)
    failed = sum(not check.passed for check in checks)
    if failed:
        raise InputError(f"validate: {failed} of {len(checks)} checks failed")


@app.command()
def cases(
    name: Annotated[str | None, typer.Argument(help="A case, for --show or --copy.")] = None,
    countries: CountriesOption = None,
    show: Annotated[bool, typer.Option("--show", help="Print every number of the case with its source.")] = False,
    copy: Annotated[
        Path | None, typer.Option("--copy", metavar="FILE", help="Write the case in full to a new file to edit.")
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option("--template", metavar="FILE", help="Write a small case that explains every key to a new file."),
    ] = None,
) -> None:
    """List the shipped cases; show one with its sources, or copy it to a file of your own."""
    from model.case_file import TEMPLATE, shipped_cases
    from model.case_list import case_heads
    from model.toml_file import read_text

    if template is not None:
        from experiments.tables.writing import write_new_text

        write_new_text(read_text(TEMPLATE), template)
        typer.echo(f"{template}: written; edit it and use it with --case {template}")
    if name is not None or countries is not None:
        case = chosen_case(name, countries)
        if copy is not None:
            from experiments.tables.writing import write_new_text

            write_new_text(case.text, copy)
            typer.echo(f"{copy}: written; edit it and use it with --case {copy}")
        if show or copy is None:
            from experiments.reports.terminal import show_case

            show_case(case)
        return
    if show or copy is not None:
        raise InputError(f"cases: which one? as in: tariff-pause cases {shipped_cases()[-1]} --show")
    if template is None:
        for head in case_heads():
            typer.echo(f"{head.name:<12} {head.countries:>3} countries  {head.title}")


@app.command()
def designs() -> None:
    """List the built-in designs of sweeps."""
    from experiments.sweeps.built_in import design_heads

    for head in design_heads():
        typer.echo(f"{head.name:<20} {head.points:>4} points x {head.replicates}  {head.about}")


@app.command()
def columns(csv: CsvOption = None) -> None:
    """List every column of every table that is written: unit and meaning."""
    from experiments.tables.declaration import dictionary
    from experiments.tables.schema import COLUMNS, TABLES
    from experiments.tables.writing import write_csv

    rows = list(dictionary(TABLES))
    if csv:
        write_csv(COLUMNS.of(rows), csv)
    for row in rows:
        typer.echo(f"{row['table']:<10} {row['column']:<22} {row['unit']:<15} {row['meaning']}")


@app.command()
def parameters() -> None:
    """List every parameter: default, range that is allowed and range that is plausible, unit, meaning."""
    from model.declaration import quantities
    from model.parameters import Parameters

    for quantity in quantities(Parameters).values():
        by_country = " [also by country]" if quantity.by_country else ""
        known_from = f" [default known from {quantity.known_from}]" if quantity.known_from else ""
        plausible = quantity.plausible.text if quantity.plausible else ""
        typer.echo(
            f"{quantity.name:<24} {quantity.default:>6g}  {quantity.range_text:<14} plausible {plausible:<17} "
            f"{quantity.unit:<20} {quantity.meaning}{by_country}{known_from}"
        )


@app.command()
def strategies() -> None:
    """List every strategy with its rule and source: those of countries, then those of the hegemon."""
    from agents.hegemon_strategies import HEGEMON, HEGEMON_CATALOGUE
    from agents.strategies import CATALOGUE, SCRIPT_SENTENCE

    for strategy in CATALOGUE.values():
        typer.echo(f"{strategy.name:<24} {strategy.sentence} [{strategy.citation}]")
    typer.echo(f"{'script:D':<24} {SCRIPT_SENTENCE}")
    for entry in HEGEMON_CATALOGUE.values():
        typer.echo(f"{f'{HEGEMON}={entry.name}':<24} {entry.sentence} [{entry.citation}]")


@app.command()
def glossary() -> None:
    """Explain the words of the model, each in a sentence with its symbol."""
    import textwrap

    from model.glossary import GLOSSARY

    for entry in GLOSSARY:
        head = f"{entry.word} ({entry.symbol}): " if entry.symbol else f"{entry.word}: "
        typer.echo(textwrap.fill(head + entry.meaning, 80, subsequent_indent="  "))


def warn_of_solver(ending: Mapping[str, Any]) -> None:
    """A line on standard error where an equilibrium was not found, or may be far from the exact one."""
    from experiments.reports.convergence import warnings_of

    for text in warnings_of(ending):
        typer.echo(f"warning: {text}", err=True)


def print_json(document: Any) -> None:
    """Strict JSON on standard output."""
    import json

    typer.echo(json.dumps(document, indent=2, allow_nan=False))


def main() -> None:
    """Entry point of `tariff-pause`, once `experiments.__main__` has looked round."""
    sys.exit(guarded(app))
