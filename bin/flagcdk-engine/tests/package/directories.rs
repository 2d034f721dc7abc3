use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use flagcdk_engine::{PackageError, PackageOptions};

use crate::{directory, run, set_mode, was_cached, write};

/// What a zip file holds: name, mode, year and contents.
fn contents(path: &Path) -> Vec<(String, u32, u16, String)> {
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut text = String::new();
            std::io::Read::read_to_string(&mut file, &mut text).unwrap();
            let year = file.last_modified().unwrap().year();
            (file.name().unwrap().into_owned(), file.unix_mode().unwrap() & 0o7777, year, text)
        })
        .collect()
}

#[test]
fn the_same_contents_give_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for name in ["a.txt", "bin/run", "bin/a", "é"] {
        write(one.path(), &format!("code/{name}"), name);
    }
    for name in ["é", "bin/a", "bin/run", "a.txt"] {
        write(two.path(), &format!("code/{name}"), name);
    }
    // Enough to compress, so that the compressor's own choices are seen.
    let squares: String = (0..20_000_u64).map(|number| format!("{}\n", number * number)).collect();
    write(one.path(), "code/squares", &squares);
    write(two.path(), "code/squares", &squares);
    // Another umask and another time; that the owner may execute a file is kept.
    set_mode(&one.path().join("code/bin/run"), 0o755);
    set_mode(&two.path().join("code/bin/run"), 0o700);
    set_mode(&two.path().join("code/a.txt"), 0o600);
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::options().write(true).open(two.path().join("code/a.txt")).unwrap().set_modified(long_ago).unwrap();

    let package = |root: &Path| run(&directory("code"), &PackageOptions::new(root, root.join("cache"))).0.unwrap();
    let (first, second) = (package(one.path()), package(two.path()));
    assert_eq!(first.sha256, second.sha256);
    assert_eq!(first.key, format!("assets/{}.zip", first.sha256));
    let expected = [("a.txt", 0o644), ("bin/a", 0o644), ("bin/run", 0o755)];
    let expected: Vec<_> =
        expected.iter().map(|(name, mode)| ((*name).to_owned(), *mode, 1980, (*name).to_owned())).collect();
    assert_eq!(contents(&first.path)[..3], expected);
    // The bytes themselves, so that a change of the way in which they are made does not go unseen.
    assert_eq!(first.sha256, "214a8c6a8167b376954f02e1fbdcf9bc5a98af798d7e4f0b4f1fe1c2028d3788");
}

#[test]
fn what_is_in_the_cache_is_trusted_by_its_digest_alone() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "code/index.js", &"exports.handler = 1;\n".repeat(100));
    let cache = root.path().join("cache");
    let options = PackageOptions::new(root.path(), &cache);
    let app = directory("code");
    let (made, events) = run(&app, &options);
    let made = made.unwrap();
    assert!(!was_cached(&events));
    assert!(was_cached(&run(&app, &options).1));

    let note =
        fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path()).find(|path| path != &made.path).unwrap();
    let whole = fs::read(&made.path).unwrap();
    let check = |damage: &dyn Fn()| {
        damage();
        let (again, events) = run(&app, &options);
        assert_eq!((again.unwrap(), was_cached(&events)), (made.clone(), false));
        assert_eq!(fs::read(&made.path).unwrap(), whole);
    };
    check(&|| {
        let mut bytes = whole.clone();
        bytes[40] ^= 1;
        fs::write(&made.path, bytes).unwrap();
    });
    check(&|| fs::write(&made.path, &whole[..whole.len() / 2]).unwrap());
    check(&|| fs::write(&made.path, b"").unwrap());
    check(&|| fs::remove_file(&made.path).unwrap());
    check(&|| fs::remove_file(&note).unwrap());
    check(&|| fs::write(&note, b"../../etc/passwd").unwrap());
    check(&|| fs::write(&note, [0xff; 64]).unwrap());
    check(&|| fs::write(&note, "0".repeat(64)).unwrap());
    check(&|| fs::remove_dir_all(&cache).unwrap());
    assert!(was_cached(&run(&app, &options).1));
    let left: Vec<_> = fs::read_dir(&cache).unwrap().collect();
    assert_eq!(left.len(), 2, "no partial file stays: {left:?}");
}

#[test]
fn other_contents_give_another_file() {
    let root = tempfile::tempdir().unwrap();
    let options = PackageOptions::new(root.path(), root.path().join("cache"));
    let package = || run(&directory("code"), &options).0.unwrap().sha256;
    write(root.path(), "code/ab", "c");
    let first = package();
    fs::rename(root.path().join("code/ab"), root.path().join("code/a")).unwrap();
    write(root.path(), "code/a", "bc");
    let second = package();
    set_mode(&root.path().join("code/a"), 0o755);
    let third = package();
    assert!(first != second && second != third);
}

/// Holds what is said of a directory, with `ROOT` for the place where it is.
#[track_caller]
fn check(make: impl FnOnce(&Path), path: &str, expected: &str) {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "code/a.txt", "a");
    make(root.path());
    let (result, _) = run(&directory(path), &PackageOptions::new(root.path(), root.path().join("cache")));
    let real = fs::canonicalize(root.path()).unwrap();
    let got = match result {
        Ok(asset) => contents(&asset.path).into_iter().map(|(name, ..)| name).collect::<Vec<_>>().join(" "),
        Err(error) => {
            assert!(!root.path().join("cache").exists(), "nothing is written for a wrong directory");
            error.to_string().replace(real.to_str().unwrap(), "ROOT").replace(root.path().to_str().unwrap(), "ROOT")
        }
    };
    assert_eq!(got, expected);
}

#[test]
fn links() {
    let check = |make: &dyn Fn(&Path), expected: &str| check(|root| make(&root.join("code")), "code", expected);
    check(&|code| symlink("a.txt", code.join("b")).unwrap(), "a.txt b");
    check(
        &|code| {
            write(code, "lib/c", "c");
            symlink("lib", code.join("other")).unwrap();
        },
        "a.txt lib/c other/c",
    );
    check(
        &|code| symlink("/etc/passwd", code.join("b")).unwrap(),
        "cannot package the directory `code`: `b` is a link out of the directory, to `/etc/passwd`",
    );
    check(
        &|code| symlink("..", code.join("b")).unwrap(),
        "cannot package the directory `code`: `b` is a link out of the directory, to `ROOT`",
    );
    check(
        &|code| {
            write(code, "../codes/x", "a sibling whose path begins alike");
            symlink("../codes/x", code.join("b")).unwrap();
        },
        "cannot package the directory `code`: `b` is a link out of the directory, to `ROOT/codes/x`",
    );
    check(
        &|code| symlink("nowhere", code.join("b")).unwrap(),
        "cannot package the directory `code`: `b` is a link that leads nowhere: No such file or directory (os error 2)",
    );
    check(
        &|code| symlink("b", code.join("b")).unwrap(),
        "cannot package the directory `code`: `b` is a link that leads nowhere: Too many levels of symbolic links (os error 40)",
    );
    check(
        &|code| symlink(".", code.join("b")).unwrap(),
        "cannot package the directory `code`: `b` is a link to a directory that it is in",
    );
    check(
        &|code| {
            write(code, "x/y/z", "z");
            symlink("../../x", code.join("x/y/up")).unwrap();
        },
        "cannot package the directory `code`: `x/y/up` is a link to a directory that it is in",
    );
}

#[test]
fn what_is_no_file() {
    check(
        |root| {
            let pipe = root.join("code/pipe");
            assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            UnixListener::bind(root.join("code/socket")).unwrap();
            symlink("pipe", root.join("code/link")).unwrap();
        },
        "code",
        "cannot package the directory `code`: `link` is a pipe, a socket or a device; `pipe` is a pipe, a socket or a device; `socket` is a pipe, a socket or a device",
    );
    check(
        |root| {
            let name = std::ffi::OsStr::from_bytes(b"\xff\xfe");
            fs::write(root.join("code").join(name), "x").unwrap();
            fs::write(root.join("code/back\\slash"), "x").unwrap();
            fs::write(root.join("code/line\nfeed"), "x").unwrap();
        },
        "code",
        "cannot package the directory `code`: `back\\\\slash` has a backslash or a control character in its name; `line\\nfeed` has a backslash or a control character in its name; `��` has a name that is not UTF-8",
    );
}

#[test]
fn files_that_may_not_be_read() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "code/a.txt", "a");
    let file = root.path().join("code/a.txt");
    set_mode(&file, 0o000);
    let (result, _) = run(&directory("code"), &PackageOptions::new(root.path(), root.path().join("cache")));
    match fs::read(&file) {
        // Root may read everything.
        Ok(_) => assert!(result.is_ok()),
        Err(_) => assert_eq!(
            result.unwrap_err().to_string(),
            "cannot package the directory `code`: `a.txt` cannot be read: Permission denied (os error 13)"
        ),
    }
}

#[test]
fn paths() {
    check(|_| {}, "./code", "a.txt");
    check(|_| {}, "nowhere", "cannot package the directory `nowhere`: there is no such directory");
    check(
        |root| symlink("/etc", root.join("outside")).unwrap(),
        "outside",
        "cannot package the directory `outside`: it is a link out of the app's directory",
    );
    check(|_| {}, "code/a.txt", "cannot package the directory `code/a.txt`: it is no directory");
    check(
        |root| fs::create_dir(root.join("empty")).unwrap(),
        "empty",
        "cannot package the directory `empty`: it has no files",
    );
    for path in ["", "..", "../code", "code/../../x", "/etc"] {
        let expected =
            format!("cannot package the directory `{path}`: the path is not one of a directory below the app's");
        check(|_| {}, path, &expected);
    }
    check(
        |root| {
            let deep: std::path::PathBuf = (0..70).map(|_| "d").collect();
            fs::create_dir_all(root.join("code").join(deep)).unwrap();
        },
        "code",
        "cannot package the directory `code`: `d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d` is more than 64 directories deep",
    );
}

#[test]
fn size() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "code/small", "x");
    // A file of holes takes no room on the disk.
    File::create(root.path().join("code/large")).unwrap().set_len(250 * 1024 * 1024).unwrap();
    let error = run(&directory("code"), &PackageOptions::new(root.path(), root.path().join("cache"))).0.unwrap_err();
    assert!(matches!(error, PackageError::TooLarge { got: 262_144_001, .. }));
    assert_eq!(
        error.to_string(),
        "the asset has 262144001 bytes before compression, wanted 262144000 at most; the largest files: `large` 262144000, `small` 1"
    );
}

#[test]
fn a_cache_that_cannot_be_written() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "code/a", "a");
    write(root.path(), "cache", "a file in the way");
    let error = run(&directory("code"), &PackageOptions::new(root.path(), root.path().join("cache"))).0.unwrap_err();
    assert_eq!(error.code(), "package::io");
    assert!(error.is_environment());
    assert!(error.to_string().starts_with("cannot make `"), "{error}");
}
