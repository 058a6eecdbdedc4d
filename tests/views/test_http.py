"""What every page shares: an address that does not exist is answered in the product's own words."""

import io

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import UnreadablePostError

from reviewapp.bodies import refusing_cut_bodies


def test_unknown_address_says_what_it_is_and_leads_home(world, client):
    client.force_login(world.ana)

    response = client.get("/no-such-page/")

    assert response.status_code == 404
    assert "There is no such page, or it is not yours to see." in response.content.decode()


def test_unknown_address_is_answered_without_a_login_too(db, client):
    response = client.get("/no-such-page/")

    assert response.status_code == 404
    assert "There is no such page, or it is not yours to see." in response.content.decode()


def test_a_body_that_no_form_needs_is_refused_before_it_is_read(client, db):
    response = client.post("/login/", {"username": "x" * (1024 * 1024 + 1)})

    assert response.status_code == 413


def test_scripts_and_styles_are_offered_to_no_other_site(client, db):
    response = client.get("/static/css/tokens.css")
    response.close()

    assert response.status_code == 200
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=-"])
def test_a_form_that_was_cut_off_is_not_read_as_a_shorter_one(form):
    application = refusing_cut_bodies(lambda environ, start_response: WSGIRequest(environ).POST)
    body = (
        b"verdict=reject&note=It prom"
        if "url" in form
        else b'---\r\nContent-Disposition: form-data; name="note"\r\n\r\nIt'
    )
    environ = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": form, "CONTENT_LENGTH": str(len(body) + 9)}

    with pytest.raises(UnreadablePostError):
        application({**environ, "wsgi.input": io.BytesIO(body)}, None)
