from engines.texture.confidence import chance_right


def test_chances_rise_with_what_is_believed_and_seen():
    shares = [0.0, 0.03, 0.1, 0.3, 1.0]
    by_certain, by_seen = (
        [chance_right(*pair(each)) for each in shares] for pair in (lambda c: (c, 0.5), lambda s: (0.1, s))
    )
    for chances in (by_certain, by_seen):
        assert chances == sorted(chances) and all(0 < chance < 1 for chance in chances)
    assert by_certain[0] < 0.1 and by_certain[-1] > 0.95
