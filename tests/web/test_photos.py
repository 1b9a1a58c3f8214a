"""Photos of surveys: sent to who may see the finding, by its digest alone."""

from __future__ import annotations

AT = "/api/examination/photos"


def test_a_photo_is_sent_to_who_may_see_what_it_shows(client, photo) -> None:
    at = f"{AT}/{photo.name}"
    assert client.get(at).status_code == 404  # no finding names it
    photo.classify(0)
    answer = client.get(at)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, photo.content, "image/jpeg")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(at, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    for name in ("0" * 64 + ".png", "..", "../x", "%2e%2e%2fx", photo.name.upper(), photo.name + "%00"):
        assert client.get(f"{AT}/{name}").status_code == 404, name
    photo.classify(2)
    refused = client.get(at).get_json()
    assert (refused["status"], refused["code"]) == (404, "NotFound")
