"""An owner downloads the calibration pack from the judges page, and every format in it loads."""

import json
import os
from zipfile import ZipFile

import pytest

from tests.browser.conftest import PATIENCE_MS, up
from tests.formats.clients import client
from tests.services_live.stand import ROOT, run_manage

NAMED = ("few_shot.jsonl", "openai_chat.jsonl", "otel_evaluations.jsonl", "mlflow_assessments.jsonl")


@pytest.fixture
def pack(chromium, tmp_path):
    settings = {"SECRET_KEY": "for-this-test-only-" + "x" * 40, "SECURE_COOKIES": "0", "REVIEWAPP_DEMO": "0"}
    environment = {**os.environ, "REVIEWAPP_VAR": str(tmp_path), "PYTHONPATH": str(ROOT), **settings}
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    run_manage(environment, "migrate", "-v0")
    run_manage(environment, "shell", "-v0", "-c", (ROOT / "tests/browser/seed_packs.py").read_text())
    session = json.loads((tmp_path / "seed.json").read_text())["session"]
    with up(tmp_path, "up", **settings) as installation:
        context = chromium.new_context(accept_downloads=True)
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": "sessionid", "value": session, "url": installation.address}])
        page = context.new_page()
        page.goto(f"{installation.address}/p/shop/judges/")
        with page.expect_download() as download:
            page.get_by_role("link", name="calibration pack").click()
        download.value.save_as(tmp_path / "pack.zip")
        context.close()
    return ZipFile(tmp_path / "pack.zip")


def test_pack_downloads_and_its_formats_load(pack):
    chat, pydantic = client("openai.types.chat"), client("pydantic")
    logs, entities = client("opentelemetry.proto.logs.v1.logs_pb2"), client("mlflow.entities")
    parse = client("google.protobuf.json_format").Parse
    messages = pydantic.TypeAdapter(list[chat.ChatCompletionMessageParam])

    manifest = json.loads(pack.read("manifest.json"))
    lines = {name: pack.read(name).decode().splitlines() for name in NAMED}

    assert set(manifest["files"]) | {"manifest.json"} == set(pack.namelist())
    assert lines["few_shot.jsonl"]
    assert len(lines["few_shot.jsonl"]) == manifest["counts"]["n_few_shot"]
    for line in lines["openai_chat.jsonl"]:
        messages.validate_python(json.loads(line)["messages"])
    for line in lines["otel_evaluations.jsonl"]:
        assert parse(line, logs.LogsData()).resource_logs
    for line in lines["mlflow_assessments.jsonl"]:
        assert entities.Assessment.from_dictionary(json.loads(line)).source.source_type == "HUMAN"
