"""CSV and TSV: what each column becomes, and every way in which a table can be broken."""

import csv
import io

import pytest

from labeling.formats import BadFile
from labeling.formats.rows import RowError, parse_row


@pytest.fixture
def read_one(read_bytes):
    """The row of a table with one row, given as columns and cells."""

    def read(**cells):
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, ["external_id", *(name.replace("__", ".") for name in cells)])
        writer.writeheader()
        named = {name.replace("__", "."): cell for name, cell in cells.items()}
        writer.writerow({"external_id": "1", **named})
        (line,) = read_bytes(buffer.getvalue().encode(), "csv")
        return line

    return read


def test_every_column_finds_its_field(read_one):
    raw = read_one(
        source_system="sheet", prompt="Say hi", policy="Be kind", reference="Hi", output="Hi.", model="m",
        model_version="2", model_family="f", prompt_version="p", stakes="high", intent="greet", segment="eu",
        cluster="c-1", review_requested="yes", stated_confidence="0.8", judge_name="j", judge_model="g",
        judge_label="pass", judge_confidence="0.9", meta__team="blue",
    ).raw  # fmt: skip

    assert raw == {
        "external_id": "1", "source_system": "sheet", "kind": "other", "output": "Hi.",
        "context": {"prompt": "Say hi", "policy": "Be kind", "reference": "Hi"},
        "source": {"model": "m", "version": "2", "family": "f", "prompt_version": "p"},
        "stakes": "high", "intent": "greet", "segment": "eu", "cluster": "c-1", "review_requested": True,
        "signals": [{"name": "stated_confidence", "kind": "stated", "value": 0.8}],
        "judge_verdicts": [
            {"judge": {"name": "j", "model": "g"}, "criterion": "overall", "label": "pass", "confidence": 0.9}
        ],
        "metadata": {"team": "blue"},
    }  # fmt: skip
    assert parse_row(raw, default_source_system="file").judge_verdicts[0].label == "pass"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ({"conversation": "Hello", "passages": '[{"text": "p"}]', "output": "x"}, "chat_reply"),
        ({"passages": '[{"text": "p"}]', "output": "x"}, "rag_answer"),
        ({"output_a": "x", "output_b": "y"}, "pairwise"),
        ({"output": "x"}, "other"),
        ({"kind": "marketing_copy", "output": "x"}, "marketing_copy"),
    ],
)
def test_the_kind_follows_from_the_cells_unless_it_is_stated(read_one, cells, kind):
    assert parse_row(read_one(**cells).raw, default_source_system="file").kind == kind


def test_a_pair_has_one_source_for_each_output(read_one):
    raw = read_one(question="Which?", output_a="x", output_b="y", model_a="m", model_version_b="2").raw

    row = parse_row(raw, default_source_system="file")

    assert [(one.text, one.model, one.version) for one in row.outputs] == [("x", "m", ""), ("y", "", "2")]


def test_a_conversation_is_json_or_one_plain_turn(read_one):
    plain = read_one(conversation="[order 12] Where is it?", output="x").raw
    turns = read_one(conversation='[{"role": "customer", "text": "Hi"}]', output="x").raw

    assert plain["context"]["conversation"] == [{"role": "user", "text": "[order 12] Where is it?"}]
    assert turns["context"]["conversation"] == [{"role": "customer", "text": "Hi"}]


@pytest.mark.parametrize(
    ("cells", "part"),
    [
        ({"prompt": "Why?", "output_a": "x", "output_b": "y"}, "question"),
        ({"prompt": "Why?", "output": "x", "kind": "rag_answer"}, "question"),
        ({"question": "Why?", "output": "x"}, "prompt"),
    ],
)
def test_what_was_asked_is_put_where_the_kind_shows_it(read_one, cells, part):
    assert read_one(**cells).raw["context"][part] == "Why?"


def test_an_empty_cell_is_left_out_and_never_a_zero(read_one):
    raw = read_one(output="x", judge_name="j", judge_label="", judge_confidence="", stated_confidence="").raw

    assert raw == {"external_id": "1", "kind": "other", "context": {}, "output": "x"}


def test_a_number_in_metadata_becomes_one_and_an_id_stays_text(read_one):
    raw = read_one(output="x", meta__amount="12.5", meta__n="-3", meta__zip="00501", meta__card="1" * 19).raw

    assert raw["metadata"] == {"amount": 12.5, "n": -3, "zip": "00501", "card": "1" * 19}


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"stated_confidence": "0,9"}, "stated_confidence: '0,9' is not a number; write it like 0.85"),
        ({"judge_label": "x", "judge_confidence": "high"}, "judge_confidence: 'high' is not a number"),
        ({"review_requested": "maybe"}, "review_requested: 'maybe' is not clear; write true or false"),
        ({"passages": "see above"}, "passages: must be a JSON list of objects with a text; the cell is not JSON"),
        ({"conversation": '[{"role": "a"'}, "conversation: looks like JSON, but the cell is not JSON at column"),
    ],
)
def test_a_wrong_cell_is_refused_by_its_column(read_one, cells, message):
    assert str(read_one(output="x", **cells).error).startswith(message)


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"output": ""}, "output"),
        ({"output": "x", "output_a": "y"}, "output"),
        ({"output": "x", "kind": "chat_reply", "output_a": "y", "output_b": "z"}, "outputs"),
        ({"output": "x", "judge_confidence": "0.9", "judge_name": "j"}, "judge_verdicts[0].label"),
        ({"output": "x", "judge_label": "pass"}, "judge_verdicts[0].judge.name"),
        ({"output": "x", "stated_confidence": "nan"}, "signals[0].value"),
        ({"output": "x", "stated_confidence": "90"}, "signals[0].value"),
        ({"output_a": "x", "output_b": ""}, "outputs[1].text"),
    ],
)
def test_a_row_that_cannot_be_an_item_is_refused_later_by_field(read_one, cells, field):
    with pytest.raises(RowError) as caught:
        parse_row(read_one(**cells).raw, default_source_system="file")

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty"),
        (b"\n\n", "The file is empty"),
        (b"external_id,outptu\n1,x\n", "Unknown column 'outptu'; did you mean 'output'"),
        (b"external_id,output,\n", "Column 3 has no name"),
        (b"external_id,output,output\n", "The column 'output' is in the header twice"),
        (b"id,output\n", "Unknown column 'id'"),
        (b"kind,output\n", "The column 'external_id' is missing"),
        (b"external_id,output_a\n", "There is no column 'output'"),
        (b"external_id,output,meta.\n", "Unknown column 'meta.'"),
        (b"external_id,\xe4\n", "The header cannot be read: is not UTF-8 at byte 13 of line 1"),
        (b"e\0x\0", "The header cannot be read: holds a NUL character on line 1"),
        ("external_id,output\n".encode("utf-16"), "The file is UTF-16 or UTF-32"),
        (b"external_id,output\r1,x\r", "The header cannot be read: line 1: line ends of old Macs"),
    ],
)
def test_a_table_without_a_sound_header_is_refused_whole(read_bytes, content, message):
    with pytest.raises(BadFile) as caught:
        read_bytes(content, "csv")

    assert str(caught.value).startswith(message)


HEAD = b"external_id,output\n"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b"2\n", "the row on line 3 has 1 cells and the header 2; quote cells that hold the delimiter"),
        (b"2,x,y\n", "the row on line 3 has 3 cells and the header 2"),
        (b"2,\xe4\n", "is not UTF-8 at byte 3 of line 3; save the file as UTF-8"),
        (b"2,a\0b\n", "holds a NUL character on line 3"),
        (b'2,"a"b\n', "line 3: quoting is broken"),
        (b'2,"' + b"x" * 131_073 + b'"\n', "line 3: a cell is over the limit of 131,072 characters"),
        (b"2," + b"x" * 300_000 + b"\n", "the line is over the limit of 200,000 bytes"),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else "",
)
def test_a_broken_row_is_refused_and_the_next_is_read(read_bytes, row, message):
    lines = read_bytes(HEAD + b"1,x\n" + row + b"3,x\n", "csv", max_line_bytes=200_000)

    assert [line.number for line in lines] == [2, 3, 4]
    assert str(lines[1].error).startswith(message)
    assert lines[2].raw["external_id"] == "3"


def test_a_quoted_cell_may_hold_line_ends_and_the_row_is_numbered_by_its_start(read_bytes):
    lines = read_bytes(HEAD + b'1,"a\r\nb\n\nc"\n2,x\n', "csv")

    assert [(line.number, line.raw["output"]) for line in lines] == [(2, "a\nb\n\nc"), (6, "x")]


def test_the_rest_of_a_refused_quoted_cell_is_not_read_as_rows(read_bytes):
    long_cell = b'2,"' + b"x" * 131_072 + b'\n8,looks like a row\n9,and another\n"\n'

    lines = read_bytes(HEAD + long_cell + b"3,x\n", "csv")

    assert [line.number for line in lines] == [2, 6]
    assert str(lines[0].error).startswith("lines 2 to 5: a cell is over the limit")
    assert lines[1].raw["external_id"] == "3"


def test_a_quote_inside_a_cell_that_is_not_quoted_swallows_nothing(read_bytes):
    lines = read_bytes(HEAD + b'1,5" R\xf6hre\n2,5" pipe\n', "csv")

    assert str(lines[0].error).startswith("is not UTF-8")
    assert lines[1].raw["output"] == '5" pipe'


def test_a_quote_that_is_never_closed_is_refused(read_bytes):
    (line,) = read_bytes(HEAD + b'1,"a\nb\n', "csv")

    assert str(line.error) == "lines 2 to 3: a quoted cell is never closed; close its quote"


def test_a_row_of_endless_quoted_lines_is_refused_at_the_limit(read_bytes):
    endless = b"2," + b'"a\n","b\n",' * 1000 + b"c\n"

    lines = read_bytes(HEAD + endless + b"3,x\n", "csv", max_line_bytes=1000)

    assert str(lines[0].error) == "the row is over the limit of 1,000 bytes; split it"
    assert lines[-1].raw["external_id"] == "3"


def test_tabs_delimit_a_tsv_and_commas_are_text_in_it(read_bytes):
    lines = read_bytes(b"external_id\toutput\n1\ta, b\n\n2\tc\n", "tsv")

    assert [(line.number, line.raw["output"]) for line in lines] == [(2, "a, b"), (4, "c")]


def test_a_byte_order_mark_and_spaces_around_names_are_accepted(read_bytes):
    (line,) = read_bytes(b"\xef\xbb\xbfexternal_id , output\n1,x\n", "csv")

    assert line.raw["output"] == "x"
