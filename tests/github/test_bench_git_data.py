"""What git holds, through the REST API: objects, modes, contents, comparisons, archives."""

from __future__ import annotations

import base64
import io
import tarfile
import zipfile

import github
import pytest
import requests

REPO = "/repos/acme/churn"


def test_objects_written_through_the_api_are_gits_own(checked, clone):
    repo = checked.hub("tok_alice").get_repo("acme/churn")
    blob = repo.create_git_blob("echo hi\n", "utf-8")
    element = github.InputGitTreeElement
    tip = repo.get_branch("main").commit
    tree = repo.create_git_tree(
        [
            element("bin/run.sh", "100755", "blob", sha=blob.sha),
            element("latest", "120000", "blob", content="bin/run.sh"),
            element("vendor/lib", "160000", "commit", sha="1" * 40),
        ],
        base_tree=repo.get_git_tree(tip.sha),
    )
    commit = repo.create_git_commit("modes\n\nall of them", tree, [repo.get_git_commit(tip.sha)])
    repo.create_git_ref("refs/heads/modes", commit.sha)
    work = clone(checked.git_url(), "-b", "modes")
    rows = [row.split("\t") for row in work.run("ls-tree", "-r", "HEAD").splitlines()]
    assert {path: facts.split()[0] for facts, path in rows} == {
        "README.md": "100644", "bin/run.sh": "100755", "latest": "120000", "vendor/lib": "160000",
    }  # fmt: skip
    assert work.run("hash-object", "bin/run.sh") == blob.sha
    assert work.run("log", "-1", "--format=%s|%b|%an %ae") == "modes|all of them|Alice alice@example.com"
    deep = repo.get_git_tree(commit.sha, recursive=True)
    assert [(e.path, e.type, e.mode) for e in deep.tree][1:3] == [
        ("bin", "tree", "040000"),
        ("bin/run.sh", "blob", "100755"),
    ]


def test_an_entry_is_taken_out_of_a_tree_and_a_wrong_one_refused(checked):
    checked.push("feat", {"a/b.txt": "1\n", "a/c.txt": "2\n"})
    repo = checked.hub("tok_alice").get_repo("acme/churn")
    base = repo.get_git_tree(repo.get_branch("feat").commit.sha)
    made = repo.create_git_tree([github.InputGitTreeElement("a/b.txt", "100644", "blob", sha=None)], base_tree=base)
    assert [e.path for e in repo.get_git_tree(made.sha, recursive=True).tree] == ["README.md", "a", "a/c.txt"]
    for entry in (
        {"path": "x", "mode": "100644", "type": "blob", "sha": "f" * 40},
        {"path": "../x", "mode": "100644", "type": "blob", "content": "x"},
        {"path": "none", "mode": "100644", "type": "blob", "sha": None},
    ):
        answer = checked.raw("POST", f"{REPO}/git/trees", json={"base_tree": base.sha, "tree": [entry]})
        assert answer.status_code == 422, answer.text


def test_references(checked):
    sha = checked.push("one", {"a.txt": "1\n"})
    main = checked.hub("tok_alice").get_repo("acme/churn").get_branch("main").commit.sha
    refs = f"{REPO}/git/refs"
    for body, word in (
        ({"ref": "refs/heads/one", "sha": sha}, "already exists"),
        ({"ref": "refs/heads/one/deeper", "sha": sha}, "update failed"),
        ({"ref": "refs/heads/bad..name", "sha": sha}, "not a valid ref name"),
        ({"ref": "refs/pull/7/head", "sha": sha}, "not a valid ref name"),
        ({"ref": "refs/heads/two", "sha": "f" * 40}, "does not exist"),
    ):
        answer = checked.raw("POST", refs, json=body)
        assert (answer.status_code, word in answer.json()["message"]) == (422, True), answer.text
    assert checked.raw("POST", refs, json={"ref": "refs/tags/v1", "sha": sha}).status_code == 201
    answer = checked.raw("PATCH", f"{refs}/heads/one", json={"sha": main})
    assert (answer.status_code, answer.json()["message"]) == (422, "Update is not a fast forward")
    assert checked.raw("PATCH", f"{refs}/heads/one", json={"sha": main, "force": True}).status_code == 200
    found = checked.raw("GET", f"{REPO}/git/matching-refs/heads/").json()
    assert [r["ref"] for r in found] == ["refs/heads/main", "refs/heads/one"]
    assert checked.raw("DELETE", f"{refs}/heads/one").status_code == 204
    assert checked.raw("GET", f"{REPO}/git/ref/heads/one").status_code == 404
    assert checked.raw("DELETE", f"{refs}/heads/main").status_code == 422


def test_contents_show_folders_links_and_raw_files(checked):
    checked.push("feat", {
        "dir/x.txt": "text\n", "link": {"symlink": "dir/x.txt"}, "run.sh": {"text": "#!\n", "mode": "100755"},
    })  # fmt: skip
    repo = checked.hub("tok_bob").get_repo("acme/churn")
    kinds = {f.path: f.type for f in repo.get_contents("", ref="feat")}
    assert kinds == {"README.md": "file", "dir": "dir", "link": "symlink", "run.sh": "file"}
    assert [f.path for f in repo.get_contents("dir", ref="feat")] == ["dir/x.txt"]
    found = checked.raw(
        "GET", f"{REPO}/contents/dir/x.txt?ref=feat", headers={"Accept": "application/vnd.github.raw+json"}
    )
    assert (found.text, found.headers["Content-Type"].split(";")[0]) == ("text\n", "application/vnd.github.raw")
    assert checked.raw("GET", f"{REPO}/contents/link?ref=feat").json()["target"] == "dir/x.txt"
    assert repo.get_readme().decoded_content == b"# churn\n"
    repo.update_file("run.sh", "edit", "#!/bin/sh\n", repo.get_contents("run.sh", ref="feat").sha, branch="feat")
    tree = repo.get_git_tree(repo.get_branch("feat").commit.sha, recursive=True).tree
    assert next(e.mode for e in tree if e.path == "run.sh") == "100755"
    gone = repo.delete_file("dir/x.txt", "away", repo.get_contents("dir/x.txt", ref="feat").sha, branch="feat")
    assert gone["commit"].parents[0].sha != gone["commit"].sha
    with pytest.raises(github.UnknownObjectException):
        repo.get_contents("dir", ref="feat")


def test_a_private_file_downloads_with_its_ticket_only(checked):
    checked.post("push", repo="acme/vault", branch="main", files={"secret.txt": "s\n"})
    found = checked.hub("tok_bob").get_repo("acme/vault").get_contents("secret.txt")
    assert requests.get(found.download_url, timeout=10).text == "s\n"
    assert requests.get(found.download_url.split("?")[0], timeout=10).status_code == 404


def test_compare_is_three_dot_with_renames(checked):
    body = "".join(f"line {n}\n" for n in range(30))
    checked.push(
        "main", {"old.py": body, "gone.py": "x\n", "data.bin": {"base64": base64.b64encode(b"\0\1\2").decode()}}
    )
    checked.push("feat", {"old.py": None, "new.py": body + "more\n", "gone.py": None, "added.py": "1\n2\n",
                          "data.bin": {"base64": base64.b64encode(b"\0\1\3").decode()}})  # fmt: skip
    checked.push("main", {"elsewhere.py": "y\n"})
    repo = checked.hub("tok_bob").get_repo("acme/churn")
    found = repo.compare("main", "feat")
    assert (found.status, found.ahead_by, found.behind_by, found.total_commits) == ("diverged", 1, 1, 1)
    files = {f.filename: f for f in found.files}
    assert {name: f.status for name, f in files.items()} == {
        "added.py": "added", "data.bin": "modified", "gone.py": "removed", "new.py": "renamed",
    }  # fmt: skip
    renamed = files["new.py"]
    assert (renamed.previous_filename, renamed.additions, renamed.deletions) == ("old.py", 1, 0)
    assert renamed.patch.startswith("@@ -28,3 +28,4 @@")
    assert renamed.patch.endswith("\n+more")
    assert "patch" not in files["data.bin"].raw_data
    assert repo.compare("feat", "main").merge_base_commit.sha == found.merge_base_commit.sha
    text = checked.raw("GET", f"{REPO}/compare/main...feat", headers={"Accept": "application/vnd.github.diff"}).text
    assert "rename from old.py" in text
    assert checked.raw("GET", f"{REPO}/compare/main...nothing").status_code == 404


def test_a_large_pull_request_keeps_githubs_limits(checked):
    pull = checked.pull(files={f"f/{n:04}.txt": f"{n}\n" for n in range(350)})
    repo = checked.hub("tok_bob").get_repo("acme/churn")
    assert repo.get_pull(pull.number).changed_files == 350
    assert len(list(repo.get_pull(pull.number).get_files())) == 350
    assert len(checked.raw("GET", f"{REPO}/compare/main...feat").json()["files"]) == 300
    diff = checked.raw("GET", f"{REPO}/pulls/{pull.number}", headers={"Accept": "application/vnd.github.v3.diff"})
    assert (diff.status_code, diff.json()["errors"][0]["code"]) == (406, "too_large")


def test_commits_are_listed_filtered_and_shown(checked):
    for n in range(3):
        checked.push("main", {f"{n % 2}.txt": f"{n}\n"}, login="bob", message=f"number {n}")
    repo = checked.hub("tok_bob").get_repo("acme/churn")
    assert [c.commit.message for c in repo.get_commits()] == ["number 2", "number 1", "number 0", "Initial commit"]
    assert [c.commit.message for c in repo.get_commits(path="1.txt")] == ["number 1"]
    assert len(list(repo.get_commits(author="bob"))) == 3
    last = repo.get_commit("main")
    assert (last.author.login, last.stats.total, [f.status for f in last.files]) == ("bob", 2, ["modified"])
    assert repo.get_commit(last.sha[:10]).sha == last.sha
    sha = checked.raw("GET", f"{REPO}/commits/main", headers={"Accept": "application/vnd.github.sha"})
    assert sha.text == last.sha


def test_merging_branches(checked):
    checked.push("one", {"a.txt": "1\n"})
    checked.push("two", {"a.txt": "2\n"})
    repo = checked.hub("tok_alice").get_repo("acme/churn")
    merged = repo.merge("main", "one", "bring one in")
    assert (len(merged.parents), merged.commit.message) == (2, "bring one in")
    assert repo.merge("main", "one") is None
    with pytest.raises(github.GithubException) as caught:
        repo.merge("main", "two")
    assert caught.value.status == 409
    assert checked.raw("POST", f"{REPO}/merges", json={"base": "main", "head": "none"}).status_code == 404


def test_archives(checked):
    checked.push("feat", {"a.txt": "1\n"})
    repo = checked.hub("tok_bob").get_repo("acme/churn")
    data = requests.get(repo.get_archive_link("zipball", ref="feat"), timeout=10).content
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert any(name.endswith("/a.txt") and name.startswith("acme-churn-") for name in names)
    data = requests.get(repo.get_archive_link("tarball", ref="feat"), timeout=10).content
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert any(name.endswith("/a.txt") for name in archive.getnames())


def test_an_empty_repository_takes_its_first_file(checked):
    repo = checked.hub("tok_alice").get_organization("acme").create_repo("fresh")
    assert checked.raw("GET", "/repos/acme/fresh/commits").status_code == 409
    made = repo.create_file("README.md", "first", "hello\n")
    assert repo.get_branch("main").commit.sha == made["commit"].sha
    assert repo.get_contents("README.md").decoded_content == b"hello\n"


def test_a_release_makes_its_tag(checked):
    repo = checked.hub("tok_alice").get_repo("acme/churn")
    repo.create_git_release("v1", "first", "notes", target_commitish="main")
    assert repo.get_git_ref("tags/v1").object.sha == repo.get_branch("main").commit.sha


def test_changes_of_type_mode_and_name_keep_their_own_patches(checked):
    checked.push("main", {
        "kind": "a file\n", "tool": "#!/bin/sh\n", "moved": "same\n" * 9, "lib": {"submodule": "1" * 40}, "zz": "1\n",
        "diff": "diff --git a/x b/x\n",
    })  # fmt: skip
    checked.push("feat", {
        "kind": {"symlink": "zz"},
        "tool": {"text": "#!/bin/sh\n", "mode": "100755"}, "moved": None, "there": "same\n" * 9,
        "lib": {"submodule": "2" * 40}, "zz": "1\n2\n", "empty": "", "bin": {"base64": "AAEC"}, "ünï": "x\n",
        "diff": "diff --git a/y b/y\n@@ -1 +1 @@",
    })  # fmt: skip
    repo = checked.hub("tok_bob").get_repo("acme/churn")
    pull = repo.create_pull(base="main", head="feat", title="odd")
    files = {f.filename: f for f in pull.get_files()}
    assert {name: f.status for name, f in files.items()} == {
        "bin": "added", "diff": "modified", "empty": "added", "kind": "changed", "lib": "modified", "there": "renamed",
        "tool": "changed", "zz": "modified", "ünï": "added",
    }  # fmt: skip
    patches = {name: f.raw_data.get("patch") for name, f in files.items()}
    assert (patches["bin"], patches["empty"], patches["there"], patches["tool"]) == (None, None, None, None)
    assert patches["zz"] == "@@ -1 +1,2 @@\n 1\n+2"
    assert patches["kind"] == "@@ -1 +0,0 @@\n-a file\n@@ -0,0 +1 @@\n+zz\n\\ No newline at end of file"
    assert patches["lib"].endswith(f"+Subproject commit {'2' * 40}")
    assert patches["diff"].startswith("@@ -1 +1,2 @@\n-diff --git a/x b/x\n+diff --git a/y b/y\n+@@ -1 +1 @@")
    assert patches["ünï"] == "@@ -0,0 +1 @@\n+x"


def test_histories_without_a_common_commit(bench):
    repo = bench.hub("tok_alice").get_repo("acme/churn")
    tree = repo.create_git_tree([github.InputGitTreeElement("x", "100644", "blob", content="x")])
    repo.create_git_ref("refs/heads/orphan", repo.create_git_commit("alone", tree, []).sha)
    answer = bench.raw("GET", f"{REPO}/compare/main...orphan")
    assert (answer.status_code, "No common ancestor" in answer.json()["message"]) == (404, True)
    with pytest.raises(github.GithubException, match="no history in common"):
        repo.create_pull(base="main", head="orphan", title="x")
    with pytest.raises(github.GithubException) as caught:
        repo.merge("main", "orphan")
    assert caught.value.status == 409
