"""Where an SQLite ledger may lie, and where not."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailer.ledger.place import (
    Mount,
    judge_markers,
    judge_path,
    ledger_file,
    mount_of,
    parse_mount_output,
    parse_mountinfo,
    place_problem,
    read_mounts,
)

DESK = "/home/you/office/.mailer/ledger.db"
MOUNTINFO = """\
21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
22 21 0:20 / /proc rw,nosuid shared:5 - proc proc rw
30 21 0:40 / /srv/press rw,relatime shared:9 master:2 - nfs4 files.example.org:/press rw,vers=4.2
31 30 254:1 / /srv/press/local rw,relatime - xfs /dev/vdb rw
32 21 0:41 / /media/the\\040share rw - cifs //files.example.org/share rw
33 21 0:42 / /mnt/c rw,noatime - 9p drvfs rw,aname=drvfs;path=C:\\134,trans=fd,rfd=8,wfd=8
34 21 0:43 / /mnt/auto rw - autofs systemd-1 rw
35 21 0:44 / /mnt/auto rw - nfs files.example.org:/auto rw
36 21 0:45 / /mnt/dav rw - fuse https://files.example.org/dav rw
37 21 0:46 / /mnt/usb rw - fuseblk /dev/sdb1 rw
38 21 0:47 / /data rw - overlay overlay rw,upperdir=/x
39 21 0:48 / /mnt/ssh rw - fuse.sshfs ada@files.example.org: rw
torn line
"""
MOUNTS = list(parse_mountinfo(MOUNTINFO))


@pytest.mark.parametrize(
    "path, kind",
    [
        ("/srv/press/office/ledger.db", "nfs4"),
        ("/media/the share/ledger.db", "cifs"),
        ("/mnt/c/office/ledger.db", "9p"),
        ("/mnt/auto/ledger.db", "nfs"),
        ("/mnt/dav/ledger.db", "fuse"),
        ("/mnt/ssh/ledger.db", "fuse.sshfs"),
    ],
)
def test_a_network_filesystem_is_refused_and_named(path: str, kind: str) -> None:
    fault = judge_path(path, MOUNTS)
    assert f"({kind} at " in fault


@pytest.mark.parametrize(
    "path",
    [
        DESK,
        "/srv/press/local/ledger.db",
        "/srv/pressroom/ledger.db",
        "/mnt/usb/ledger.db",
        "/data/ledger.db",
        "/mnt/cellar/ledger.db",
    ],
)
def test_a_disk_of_this_machine_is_good(path: str) -> None:
    """Also below a network mount, beside one whose name it begins with, on a stick and in a container."""
    assert judge_path(path, MOUNTS) == ""


@pytest.mark.parametrize("kind", ["nfs", "smb3", "vboxsf", "virtiofs", "fuse.rclone", "fuse.vmhgfs-fuse", "ceph"])
def test_what_is_shared_between_machines_is_refused(kind: str) -> None:
    assert kind in judge_path("/share/ledger.db", [Mount("/", "ext4"), Mount("/share", kind)])


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "apfs", "fuse.gocryptfs"])
def test_what_belongs_to_one_machine_is_good(kind: str) -> None:
    assert judge_path("/share/ledger.db", [Mount("/", kind)]) == ""


@pytest.mark.parametrize("kind", ["9p", "virtiofs"])
def test_a_sandbox_that_lies_wholly_on_such_a_filesystem_has_no_better_place(kind: str) -> None:
    assert judge_path(DESK, [Mount("/", kind)]) == ""
    assert judge_path(DESK, [Mount("/", kind), Mount("/home/you/office", kind)]) != ""


def test_gvisor_calls_every_folder_9p_and_one_kernel_serves_them_all() -> None:
    own = "rw,trans=fd,rfdno=3,wfdno=3,aname=/,cache=fscache"
    mounts = list(parse_mountinfo(f"16 15 0:18 / /home/you/office rw - 9p none {own}\n"))
    assert judge_path(DESK, mounts) == ""


def test_a_diskless_machine_is_refused_all_the_same() -> None:
    assert "nfs4" in judge_path(DESK, [Mount("/", "nfs4")])


def test_the_list_of_mounts_of_a_mac_is_read() -> None:
    printed = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
//ada@files.example.org/press on /Volumes/press (old) (smbfs, nodev, nosuid, mounted by ada)
files.example.org:/x on /Volumes/nfs (nfs)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
"""
    mounts = list(parse_mount_output(printed))
    assert [(each.point, each.kind) for each in mounts] == [
        ("/", "apfs"),
        ("/Volumes/press (old)", "smbfs"),
        ("/Volumes/nfs", "nfs"),
        ("/System/Volumes/Data/home", "autofs"),
    ]
    assert "smbfs" in judge_path("/Volumes/press (old)/ledger.db", mounts)
    assert judge_path("/Volumes/Data/office/ledger.db", mounts) == ""


def test_a_share_of_windows_is_refused() -> None:
    assert judge_path(r"\\files.example.org\press\ledger.db", []) == "that is a network share"


@pytest.mark.parametrize(
    "folder",
    [
        "/home/you/Dropbox/office",
        "/home/you/Dropbox (Lantern Museum)/office",
        "/mnt/d/OneDrive - Lantern Museum/office",
        "/home/you/OneDrive/office",
        "/home/you/Nextcloud/office",
        "/home/you/Google Drive/My Drive/office",
        "/Volumes/Data/Library/Mobile Documents/com~apple~CloudDocs/office",
        "/Volumes/Data/Library/CloudStorage/Box-Box/office",
        "/home/you/pCloudDrive/office",
        "/home/you/Dropbox",
    ],
)
def test_a_folder_that_another_program_syncs_is_refused(folder: str) -> None:
    assert "syncs" in judge_path(f"{folder}/.mailer/ledger.db", [])


@pytest.mark.parametrize(
    "folder", ["/home/you/src/dropbox/x", "/home/you/Dropboxes", "/home/you/Library/Documents", "/home/you/boxes"]
)
def test_a_folder_of_a_similar_name_is_good(folder: str) -> None:
    assert judge_path(f"{folder}/.mailer/ledger.db", []) == ""


def test_a_file_of_such_a_name_is_no_folder() -> None:
    assert judge_path("/home/you/Dropbox", []) == ""


@pytest.mark.parametrize("marker", [".stfolder", ".dropbox.cache", ".nextcloudsync.log", ".dropbox"])
def test_a_synced_folder_of_another_name_is_known_by_what_its_program_leaves(tmp_path: Path, marker: str) -> None:
    path = tmp_path / "shared" / "office" / "ledger.db"
    path.parent.mkdir(parents=True)
    assert judge_markers(path) == ""
    (tmp_path / "shared" / marker).touch()
    assert f"syncs {tmp_path / 'shared'}" in judge_markers(path)


def test_the_settings_of_dropbox_in_a_home_folder_mean_nothing(tmp_path: Path) -> None:
    (tmp_path / ".dropbox").mkdir()
    assert judge_markers(tmp_path / "office" / "ledger.db") == ""


def test_a_link_out_of_a_synced_folder_is_good_and_one_into_it_is_not(tmp_path: Path) -> None:
    office, local = tmp_path / "Dropbox" / "office", tmp_path / "local"
    for folder in (office, local):
        folder.mkdir(parents=True)
    url = "sqlite:///.mailer/ledger.db"
    assert place_problem(url, office) is not None
    (office / ".mailer").symlink_to(local)
    assert place_problem(url, office) is None
    (local / ".mailer").symlink_to(office)
    assert place_problem(url, local) is not None


@pytest.mark.parametrize(
    "url", ["postgresql://press@db.example.org/press", "sqlite://", "sqlite:///:memory:", "no url"]
)
def test_what_is_no_file_has_no_place(tmp_path: Path, url: str) -> None:
    assert ledger_file(url, tmp_path / "Dropbox") is None
    assert place_problem(url, tmp_path / "Dropbox") is None


def test_the_way_out_can_be_taken_as_it_is_written(tmp_path: Path) -> None:
    office = tmp_path / "Dropbox" / "office"
    office.mkdir(parents=True)
    problem = place_problem("sqlite:///.mailer/ledger.db", office)
    assert problem is not None
    assert problem.exit_code == 3
    assert str(office / ".mailer") in problem.message
    url = next(line for line in problem.hint.splitlines() if "url = " in line).partition('"')[2].rstrip('"')
    assert place_problem(url, office) is None
    assert f"{office.name}/ledger.db" in url


def test_the_mounts_of_this_machine_can_be_read() -> None:
    assert mount_of("/", read_mounts()) is not None
