"""A colourer that needs no network: what it makes of a draft can be told from one pixel."""

import numpy as np

from app.project.colour_draft import ColourAnswer
from app.tasks.colour_flicker import Flicker, FlickerStep
from app.tasks.colour_still import ClassMap, Coloured, KeptColours, LikelyColours, ReferencePicture, SampleDrawn
from engines.labels.painting import Painting


class PretendColourer:
    """Red is the number of hints, green the sample's number and one, blue what is mixed in. Requests are kept."""

    def __init__(self, clip, *, why_no_network=""):
        self.clip, self.why_no_network = clip, why_no_network
        self.requests, self.is_closed = [], False

    def image(self, request):
        draft = request.draft
        made = np.empty_like(request.image)
        answer = 200 if draft.answer.kind == "label" else 1 + draft.answer.number
        made[:] = len(draft.hints), answer, len(draft.mixes)
        return made

    def look(self, request):
        self.requests.append(request)
        yield Coloured(request.frame, request.draft, self.image(request), is_final=not request.is_quick)

    def samples(self, request, seed, numbers):
        answers = [ColourAnswer(), *(ColourAnswer("sample", seed, number) for number in numbers)]
        for answer in answers:
            yield None
            yield SampleDrawn(request.frame, answer, np.full((4, 6, 3), answer.number, np.uint8))

    def likely(self, request, x, y):
        yield LikelyColours(request.frame, x, y, ((50.0, 20.0, 30.0, 0.6), (50.0, -20.0, 10.0, 0.3)))

    def classes(self, request):
        yield ClassMap(request.frame, np.full((3, 4), 2, np.uint8))

    def keep(self, request):
        image = self.image(request)
        rgba = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
        yield KeptColours(request.frame, request.draft, Painting.encode(rgba))

    def reference(self, request):
        yield ReferencePicture(request.draft.answer, np.full((4, 6, 3), 77, np.uint8))

    def flicker(self, labels):
        assert all(labels[frame]() for frame in labels)
        yield FlickerStep(1, len(labels))
        yield Flicker(0.75, 1, 1.5)

    def close(self):
        self.is_closed = True
