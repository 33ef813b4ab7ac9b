"""Files through the contents API."""

from __future__ import annotations

import requests


def test_report_images(checked):
    repo = checked.hub("ghs_job").get_repo("acme/churn")
    checked.push("sluice-assets", {"README": "images\n"})
    png = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
    made = repo.create_file("pr-1/curve.png", "add", png, branch="sluice-assets")
    found = repo.get_contents("pr-1/curve.png", ref="sluice-assets")
    assert found.decoded_content == png and requests.get(found.download_url).content == png
    repo.update_file("pr-1/curve.png", "again", png + b"x", made["content"].sha, branch="sluice-assets")
    stale = checked.raw(
        "PUT",
        "/repos/acme/churn/contents/pr-1/curve.png",
        json={"message": "m", "content": "eA==", "branch": "sluice-assets", "sha": made["content"].sha},
    )
    assert stale.status_code == 409
    ref = repo.get_git_ref("heads/sluice-assets")
    ref.edit(ref.object.sha)
    big = repo.create_file("big.bin", "add", b"\0" * 1_500_000, branch="sluice-assets")["content"]
    assert checked.raw("GET", f"/repos/acme/churn/contents/{big.path}?ref=sluice-assets").json()["encoding"] == "none"
    assert repo.get_git_blob(big.sha).size == 1_500_000
