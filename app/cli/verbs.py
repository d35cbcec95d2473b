"""The table of verbs. Cheap to import: a verb's own module is loaded when it is called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb's summary for the list of verbs, and the module with its `add_arguments` and `run`."""

    name: str
    summary: str
    module: str


VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb(
            "propagate",
            "carry masks or points from the frames that have them through the whole clip",
            "app.cli.propagate",
        ),
        Verb("adapt", "learn on a project's clip how to compare features there; kept if it helps", "app.cli.adapt"),
        Verb("suggest", "say which frames to label next, and why", "app.cli.suggest"),
        Verb("flow", "say where each pixel of a frame is on another one, and warp that one to it", "app.cli.flow"),
        Verb("propose", "find objects before anyone has drawn anything, as ranked tubes", "app.cli.propose"),
        Verb("colorize", "colour stills in many plausible ways, steered by hints or a reference", "app.cli.colorize"),
        Verb("score", "compare masks, points or tubes with the truth", "app.cli.score"),
        Verb("train", "teach an encoder from raw clips, without labels; can be stopped and resumed", "app.cli.train"),
        Verb("export", "write a project's labels in another format", "app.cli.export_labels"),
        Verb("import", "make a project of labels in another format", "app.cli.import_labels"),
        Verb("convert", "write labels in one format as another", "app.cli.convert"),
        Verb("objects", "list, swap, merge, split or delete objects of a project, say presence", "app.cli.objects"),
        Verb("formats", "list the formats for export and import", "app.cli.formats"),
        Verb("weights", "list weights, bring published ones in, show their card, remove them", "app.cli.weights"),
        Verb("bench", "measure speed and quality on this machine", "app.cli.bench"),
        Verb("doctor", "say what is installed and what to do about what is missing", "app.cli.doctor"),
    )
}
