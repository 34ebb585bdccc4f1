"""The words of the model, each in a sentence: one text for the command line, the README and the page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """A word, the symbol that stands for it in equations (empty where there is none), and what it means."""

    word: str
    symbol: str
    meaning: str


GLOSSARY = tuple(
    Word(*entry)
    for entry in (
        (
            "stakes",
            "G",
            "What a country can gain from the talks at most: its exporters' losses (bn USD a year) if the announced "
            "rate and the sectoral tariffs were in force, less what is left of them under the lowest rates on offer.",
        ),
        (
            "share of stakes",
            "u/G",
            "A payoff divided by the country's stakes: 0 is the executed threat, 1 is every relief without a "
            "concession. Small stakes make large shares, so read bn beside them.",
        ),
        ("executed threat", "q", "No deal, and the announced rate comes into force: with probability q at the end."),
        (
            "firm",
            "q^F",
            "A type of hegemon: it executes its threat with the higher probability. Its type is not public.",
        ),
        ("soft", "q^S", "The other type: it executes its threat with the lower probability."),
        ("belief", "b", "The public probability that the hegemon is firm, by Bayes' rule from the precedents so far."),
        (
            "harsh",
            "h",
            "A precedent that looks like the work of a firm hegemon; each deal leaves one, right with accuracy a.",
        ),
        (
            "mild",
            "n - h",
            "A precedent that looks like the work of a soft hegemon; n deals leave h harsh and n - h mild.",
        ),
        ("full", "r^F", "The package of concessions that a hegemon of either type accepts."),
        ("lean", "r^S", "A smaller package, which a soft hegemon accepts and a firm one rebuffs."),
        (
            "rebuffed",
            "rebuff_cost",
            "A lean package met a firm hegemon: the country signs the full one after all and pays a cost.",
        ),
        ("rank", "k", "The place of a deal among all deals: 1 is the first. A failed ratification takes no rank."),
        (
            "headline value",
            "rho_k",
            "What the k-th deal is worth to the hegemon beyond its terms, a share of the partner's exports to it; it "
            "halves every few deals. An assumption to sweep, not an estimate.",
        ),
        (
            "promise-keeping",
            "",
            "A hegemon that does as it has said: it calls by a lottery, and the k-th deal gets the k-th premium.",
        ),
        (
            "choosing",
            "",
            "A hegemon that keeps the promised terms, but calls whom it expects most of.",
        ),
        (
            "forward-looking",
            "",
            "A hegemon that cannot commit: it calls whom it expects most of, and strikes each bargain by what both "
            "sides expect if they do not sign today.",
        ),
        (
            "scarcity rent",
            "",
            "What an early deal gets beyond a late one only because slots are few; with slots to spare a "
            "forward-looking hegemon pays none, whatever the rank.",
        ),
        (
            "zone of agreement",
            "",
            "The deals that neither side finds worse than none and that the country's limits at home allow. Where "
            "there is none, a called country cannot sign.",
        ),
        (
            "win-set",
            "r",
            "The deals that would be ratified at home. A deal that gives away more is ratified less often: "
            "logit r = logit p + ratification_slope (M - 2/3), M the share of stakes that it is worth.",
        ),
        (
            "flow of the pause",
            "f",
            "What a deal brings a year while the pause still lasts: sector relief less concessions, for until the end "
            "everybody pays the baseline anyway.",
        ),
        (
            "inertia",
            "mu",
            "The chance that a country moves within a week of calls when moving and waiting are worth the same to it.",
        ),
        (
            "choice precision",
            "lambda",
            "How strongly a choice follows the difference between moving and waiting: at 100 an advantage of 2 % of "
            "stakes multiplies the odds by 7.",
        ),
        (
            "reasoned wait",
            "",
            "A call answered by waiting where waiting was worth at least as much as moving, or no signature was "
            "possible. The other waits are hesitation.",
        ),
    )
)


def meaning_of(word: str) -> str:
    """What a word of the glossary means; KeyError for another."""
    return next(entry.meaning for entry in GLOSSARY if entry.word == word)
