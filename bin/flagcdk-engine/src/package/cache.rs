//! A directory of zip files that are named after their bytes and trusted only if they still have these bytes.
//!
//! `<sha256 of the contents>.v1` holds the SHA-256 of the zip file that was made of them, and `<sha256>.zip` is that file.
//! Whatever is missing or damaged is made again.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::PackagedAsset;
use super::archive::{self, Entry};
use super::error::PackageError;
use crate::digest::sha256;

/// The zip file of these entries; and whether it was there already.
pub(super) fn zip_of(mut entries: Vec<Entry>, cache: &Path) -> Result<(PackagedAsset, bool), PackageError> {
    archive::check_size(entries.iter().map(|entry| (entry.bytes.len() as u64, entry.name.as_str())))?;
    fs::create_dir_all(cache).map_err(PackageError::io("make", cache))?;
    // The version is that of the way in which zip files are made.
    let note = cache.join(format!("{}.v1", contents_digest(&mut entries)));
    if let Some(found) = cached(&note, cache)? {
        return Ok((found, true));
    }
    let bytes = archive::zip(&mut entries);
    let made = asset(cache, sha256(&bytes), bytes.len());
    write(&made.path, &bytes)?;
    write(&note, made.sha256.as_bytes())?;
    Ok((made, false))
}

fn asset(cache: &Path, sha256: String, size: usize) -> PackagedAsset {
    let path = cache.join(format!("{sha256}.zip"));
    PackagedAsset { path, key: format!("assets/{sha256}.zip"), size: size as u64, sha256 }
}

/// What the note leads to, if it is a file with the digest of its name.
fn cached(note: &Path, cache: &Path) -> Result<Option<PackagedAsset>, PackageError> {
    let Some(digest) = read(note)? else { return Ok(None) };
    let Some(digest) = std::str::from_utf8(&digest).ok().filter(|text| is_digest(text)) else { return Ok(None) };
    let Some(bytes) = read(&cache.join(format!("{digest}.zip")))? else { return Ok(None) };
    Ok((sha256(&bytes) == digest).then(|| asset(cache, digest.to_owned(), bytes.len())))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, PackageError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(PackageError::io("read", path)(error)),
    }
}

/// Writes a file in one step: whoever looks, in this process or after its end, sees all of it or nothing.
fn write(path: &Path, bytes: &[u8]) -> Result<(), PackageError> {
    let failed = || PackageError::io("write", path);
    let directory = path.parent().expect("a file of the cache is in its directory");
    let mut file = tempfile::Builder::new().prefix(".partial-").tempfile_in(directory).map_err(failed())?;
    file.write_all(bytes).map_err(failed())?;
    file.as_file().sync_all().map_err(failed())?;
    file.persist(path).map_err(|error| failed()(error.error))?;
    // Without this, the name may be lost in a power failure; some file systems refuse it for directories.
    if let Ok(directory) = File::open(directory) {
        _ = directory.sync_all();
    }
    Ok(())
}

/// The SHA-256 of names, modes and contents.
fn contents_digest(entries: &mut [Entry]) -> String {
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let mut hasher = Sha256::new();
    for entry in entries {
        for part in [entry.name.as_bytes(), &[u8::from(entry.is_executable)], &entry.bytes] {
            // Lengths keep the parts apart.
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
    }
    hex::encode(hasher.finalize())
}
