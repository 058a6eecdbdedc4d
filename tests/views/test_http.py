"""What every page shares: an address that does not exist is answered in the product's own words."""


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
