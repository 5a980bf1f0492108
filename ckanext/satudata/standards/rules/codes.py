"""Rules about codes from the code lists."""

from __future__ import annotations

from collections.abc import Iterator

import ckantoolkit as tk

from ckanext.satudata.languages import text_in
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule
from ckanext.satudata.standards.validators import choice_value


@rule("code.retired", "kode_referensi", "warning")
def code_retired(subject: Subject) -> Iterator[Problem]:
    """A chosen code is still in use.

    Why: reference codes are set and changed by their owners; who filters by the new code misses the old one
    (Perpres 39/2019 Article 10).

    Mend: choose the code that took its place.

    Example: an affair that was split in the new numbering.
    """
    for name, field in subject.fields.items():
        choices = field.get("choices") or []
        if not any(choice.get("retired") for choice in choices):
            continue
        value = choice_value(field, subject.value(name)) if subject.value(name) else None
        chosen = next((choice for choice in choices if choice["value"] == value), None)
        if chosen is None or not chosen.get("retired"):
            continue
        follower = next((choice for choice in choices if choice["value"] == chosen.get("successor")), None)
        advice = tk._("Choose another one in the form")
        if follower is not None:
            advice = tk._('Choose "{label}", which took its place').format(
                label=text_in(follower["label"], subject.lang)
            )
        yield Problem(
            tk._('"{label}": {value} is no longer in use').format(
                label=subject.label(name), value=text_in(chosen["label"], subject.lang)
            ),
            advice,
            field=name,
            part=name,
        )
