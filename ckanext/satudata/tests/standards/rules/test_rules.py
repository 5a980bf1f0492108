"""Every rule: found where something is wrong, silent where nothing is, documented, switched and added to."""

from __future__ import annotations

import html
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ckan import plugins
from ckan.common import config
from ckan.exceptions import CkanConfigurationException
from ckan.tests import factories

from ckanext.satudata.regions import write
from ckanext.satudata.standards import rules, service
from ckanext.satudata.standards.rules import registry, switches, texts
from ckanext.satudata.standards.rules.registry import RULES, Problem, Subject
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.messages import ROOT
from ckanext.satudata.tests.standards.rules.examples import ELSEWHERE, EXAMPLES, FILE, PARTS, TITLE, Example

CASES = [(id, number, example) for id, examples in EXAMPLES.items() for number, example in enumerate(examples)]


@pytest.fixture(scope="module", autouse=True)
def tree(clean_once: None) -> None:
    """Medan with one kecamatan and one kelurahan, each with both codes."""
    from ckan import model

    parent = None
    for name, title, kind, kemendagri, bps in (
        ("medan", "Kota Medan", "kota", "12.71", "1275"),
        ("medan-maimun", "Medan Maimun", "kecamatan", "12.71.15", "1275070"),
        ("kelurahan-aur", "Kelurahan Aur", "kelurahan", "12.71.15.1001", "1275070006"),
        ("binjai", "Kota Binjai", "kota", "12.75", "1276"),
    ):
        made = factories.Organization(name=name, title=title)
        write.store(made["id"], {"kind": kind, "kode_kemendagri": kemendagri, "kode_bps": bps})
        if parent and kind != "kota":
            write.set_parent(made["id"], parent)
        model.repo.commit()
        parent = made["id"]


def complete(**changes: Any) -> dict[str, Any]:
    """A dataset with nothing to find but what ``changes`` break."""
    return {
        **submittable({"id": "org"}),
        "title": TITLE,
        "tingkat_penyajian": "kelurahan_desa",
        "cakupan_wilayah": "12.71.15.1001",
        "resources": [FILE],
        **changes,
    }


def found(pkg: dict[str, Any], lang: str = "en") -> dict[str, dict[str, Any]]:
    """What the check complains of, by the id of the rule."""
    result = service.check(pkg, lang, with_files=False)["findings"]
    return {switches.rule_of(each["id"]): each for each in result if each["severity"] != "info"}


def test_every_rule_has_an_example_that_fails_and_one_that_passes() -> None:
    bare = {
        rule.id
        for rule in RULES
        if rule.id not in EXAMPLES and rule.id not in ELSEWHERE and not rule.id.startswith(PARTS)
    }
    assert bare == set()
    assert all(examples for examples in EXAMPLES.values())
    here = Path(__file__).parents[1]
    assert all(id in (here / file).read_text(encoding="utf-8") for id, file in ELSEWHERE.items())


def test_a_complete_dataset_is_found_nothing_in() -> None:
    assert found(complete()) == {}


@pytest.mark.parametrize(("id", "number", "example"), CASES, ids=[f"{id}-{number}" for id, number, _e in CASES])
def test_the_rule_finds_what_is_wrong_and_says_how_to_mend_it(id: str, number: int, example: Example) -> None:
    for lang in ("en", "id"):
        finding = found(complete(**example.wrong), lang).get(id)
        assert finding is not None
        assert finding["message"] and finding["fix"]
        assert "{" not in finding["message"] + finding["fix"]


@pytest.mark.parametrize(("id", "number", "example"), CASES, ids=[f"{id}-{number}" for id, number, _e in CASES])
def test_the_rule_is_content_with_what_is_right(id: str, number: int, example: Example) -> None:
    assert id not in found(complete(**example.right))


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("1275", ("To BPS, 1275 is Kota Medan", '"12.71"', "To Kemendagri, 12.75 is Kota Binjai", "Sibolga")),
        ("1271", ("To Kemendagri, 12.71 is Kota Medan", "Sibolga")),
        ("1275070006", ("Kelurahan Aur", '"12.71.15.1001"')),
        ("1275070", ("Medan Maimun", '"12.71.15"')),
        ("1271151001", ("To Kemendagri, 12.71.15.1001 is Kelurahan Aur",)),
        ("3578", ("Sibolga",)),
    ],
)
def test_a_code_without_its_system_is_explained_with_both_readings(code: str, says: tuple[str, ...]) -> None:
    fix = found(complete(cakupan_wilayah=code))["region.codes"]["fix"]
    assert [each for each in says if each not in fix] == []


# -- what is said of rules -----------------------------------------------------------------------------------------


def test_every_rule_says_what_why_and_how_in_both_languages() -> None:
    for rule in RULES:
        english, indonesian = texts.english(rule), texts.indonesian(rule)
        assert english.asks.endswith(".") and english.why and english.mend, rule.id
        assert all(indonesian), rule.id
        assert indonesian != english, rule.id
    assert set(texts._ours()) == {rule.id for rule in RULES}


def test_every_module_of_rules_is_named_and_every_id_stands_once() -> None:
    here = Path(rules.__file__).parent
    with_rules = {path.stem for path in here.glob("*.py") if "\n@rule(" in path.read_text(encoding="utf-8")}
    package = f"{rules.__name__}."
    registered = {rule.run.__module__ for rule in RULES if rule.run.__module__.startswith(package)}
    assert {name.removeprefix(package) for name in registered} == with_rules
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(
    ("finding", "rule"),
    [("required.satuan", "required"), ("region.codes.bare", "region.codes"), ("tags.few", "tags.few"), ("x.y", "")],
)
def test_a_finding_leads_to_its_rule(finding: str, rule: str) -> None:
    assert switches.rule_of(finding) == rule


@pytest.mark.parametrize("lang", ["en", "id"])
def test_everybody_reads_the_rules_in_his_language(app_once: Any, lang: str) -> None:
    page = html.unescape(app_once.get(f"/{lang}/satudata/rules").body)
    assert all(f'id="{rule.id}"' in page for rule in RULES)
    assert [rule.id for rule in RULES if texts.of(rule, lang).asks not in page] == []


# -- options -------------------------------------------------------------------------------------------------------


@pytest.fixture
def option() -> Iterator[Any]:
    before = {name: config.get(name) for name in ("satudata.checks.off", "satudata.checks.severity")}

    def put(name: str, value: Any) -> None:
        config[f"satudata.checks.{name}"] = value

    yield put
    for name, value in before.items():
        config[name] = value


def test_a_rule_can_be_switched_off(option: Any) -> None:
    option("off", "title.short title.year")
    switches.check()
    assert set(found(complete(title="Warga"))) == {"title.place"}


def test_a_rule_can_be_made_harder_or_milder_but_good_news_stays(option: Any) -> None:
    option("severity", "title.short:error region.codes:warning")
    switches.check()
    result = service.check(complete(title="Warga"), "en", with_files=False)
    assert {each["id"]: each["severity"] for each in result["findings"]}["title.short"] == "error"
    assert {each["id"]: each["severity"] for each in result["findings"]}["region.codes.known"] == "info"
    assert result["errors"] == 1
    assert found(complete(cakupan_wilayah="1271"))["region.codes"]["severity"] == "warning"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("off", "tags.fwe", "did you mean 'tags.few'"),
        ("off", "qqqqqqqqq", "there is no rule 'qqqqqqqqq'"),
        ("off", "personal.id", "cannot be switched off"),
        ("severity", "tag.few:error", "did you mean 'tags.few'"),
        ("severity", "tags.few:fatal", "error, warning, info"),
        ("severity", "tags.few", "error, warning, info"),
        ("severity", "personal.phone:warning", "cannot be milder"),
    ],
)
def test_an_option_that_says_nothing_sensible_stops_the_start(option: Any, name: str, value: str, says: str) -> None:
    option(name, value)
    with pytest.raises(CkanConfigurationException) as caught:
        switches.check()
    assert says.lower() in str(caught.value).lower()


def test_personal_data_are_checked_even_where_the_option_slipped_in_later(option: Any) -> None:
    option("off", "personal.id personal.phone")
    assert {"personal.id", "personal.phone"} <= {rule.id for rule in switches.rules_in_force()}


# -- rules of other plugins ----------------------------------------------------------------------------------------


def broken(subject: Subject) -> Iterator[Problem]:
    """Breaks, as a rule of a stranger may."""
    raise RuntimeError("no such thing")
    yield


def example() -> Any:
    """The example of the documentation, as a module."""
    spec = importlib.util.spec_from_file_location("rules_plugin", ROOT / "docs" / "examples" / "rules_plugin.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXAMPLE = example()
MedanRules, no_draft_words = EXAMPLE.MedanRules, EXAMPLE.no_draft_words


def test_the_documentation_prints_the_example_that_is_run() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    code = (ROOT / "docs" / "examples" / "rules_plugin.py").read_text(encoding="utf-8")
    assert code[code.index("def no_draft_words") :].strip() in page


@pytest.fixture
def medan(provide_plugin: Any) -> Iterator[Any]:
    provide_plugin("medan_rules", MedanRules)
    plugins.load("medan_rules")
    yield plugins.get_plugin("medan_rules")
    plugins.unload("medan_rules")


def test_a_plugin_adds_rules_of_its_own(medan: Any, option: Any) -> None:
    option("severity", "medan.draft:warning")
    switches.check()
    mine = found(complete(title=f"Draf {TITLE}"))["medan.draft"]
    assert (mine["severity"], mine["field"]) == ("warning", "title")
    rule = next(rule for rule in switches.every_rule() if rule.id == "medan.draft")
    assert texts.indonesian(rule).asks == "Judul tidak memuat kata “draf”."
    assert texts.english(rule).mend == "Take the word out."
    assert rule.plugin == medan.name


def test_a_rule_of_a_plugin_that_breaks_stops_nobody(medan: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = registry.make("medan.broken", "metadata", "error", broken)
    monkeypatch.setattr(MedanRules, "get_satudata_rules", lambda self: [made])
    monkeypatch.setattr(switches, "_made", None)
    finding = found(complete())["medan.broken"]
    assert finding["severity"] == "warning" and medan.name in finding["fix"]


def test_a_rule_of_an_id_that_is_taken_is_refused(medan: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = registry.make("tags.few", "metadata", "error", no_draft_words)
    monkeypatch.setattr(MedanRules, "get_satudata_rules", lambda self: [twice])
    with pytest.raises(CkanConfigurationException, match=r"there is a rule 'tags\.few' already"):
        switches.every_rule()


@pytest.mark.parametrize(
    ("id", "principle", "severity"), [("Tags", "metadata", "error"), ("a.b", "x", "error"), ("a.b", "metadata", "x")]
)
def test_a_rule_that_cannot_be_is_not_made(id: str, principle: str, severity: str) -> None:
    with pytest.raises(ValueError):
        registry.make(id, principle, severity, no_draft_words)
    with pytest.raises(ValueError):
        registry.make("a.b", "metadata", "error", lambda subject: iter(()))
