"""Whatever stands in the file, it is refused in words or understood; nothing else ever happens."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.configuration import written
from workers.config import BadConfig, RegistrySettings, parse

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.binary(max_size=5)
KEYS = st.text(max_size=5) | st.sampled_from(
    ["registries", "name", "url", "aliases", "gc", "runner", "approvals", "approvers"]
)
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


def told(document: object) -> list[str]:
    """The sentences about a document, none when it is accepted; anything else than BadConfig passes through."""
    try:
        parse(yaml.safe_dump(document, allow_unicode=True).encode())
    except BadConfig as error:
        return [mistake.sentence for mistake in error.mistakes]
    return []


@given(TREES)
def test_any_yaml_is_refused_in_words(tree: object) -> None:
    sentences = told(tree)
    assert sentences
    assert all(sentence[0].isupper() and sentence.endswith((".", "?")) for sentence in sentences)


@given(st.sampled_from(sorted(RegistrySettings.model_fields)), TREES)
def test_any_value_at_a_registrys_key_is_refused_in_words_or_accepted(key: str, tree: object) -> None:
    document = yaml.safe_load(written(channels="default: wrong"))
    document["registries"][0][key] = tree
    sentences = told(document)
    assert any("channel's id" in sentence for sentence in sentences)
    assert all(sentence[0].isupper() and sentence.endswith((".", "?")) for sentence in sentences)


@given(st.binary(max_size=60) | st.text(alphabet="[]{}&*!|>-:,#'\"% \n\tax<", max_size=40).map(str.encode))
def test_any_bytes_are_refused_in_words(content: bytes) -> None:
    with pytest.raises(BadConfig):
        parse(content)
