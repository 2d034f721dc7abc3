//! Zip files whose bytes depend on their contents alone.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, Cursor, Read as _, Write as _};
use std::path::Path;

use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::Error;

/// The best that the common deflate does; Zopfli takes minutes for a twentieth less.
const COMPRESSION_LEVEL: i64 = 9;

/// Writes one minified JSON file per entry, by name, all of the same age.
pub(super) fn write(path: &Path, entries: &BTreeMap<String, Value>) -> Result<(), Error> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(COMPRESSION_LEVEL))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, value) in entries {
        let mut value = value.clone();
        value.sort_all_objects();
        writer.start_file(format!("{name}.json"), options)?;
        writer.write_all(value.to_string().as_bytes())?;
    }
    fs::write(path, writer.finish()?.into_inner())?;
    Ok(())
}

/// The JSON files of a zip file whose names `select` accepts, by what `select` calls them.
pub(super) fn read(path: &Path, select: impl Fn(&str) -> Option<String>) -> Result<BTreeMap<String, Value>, Error> {
    let mut archive = ZipArchive::new(BufReader::new(File::open(path)?))?;
    let mut entries = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        let Some(name) = select(&file.name()?) else { continue };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        entries.insert(name, serde_json::from_slice(&bytes)?);
    }
    Ok(entries)
}

/// One file of a zip file as text.
pub(super) fn read_text(path: &Path, select: impl Fn(&str) -> bool) -> Result<Option<String>, Error> {
    let mut archive = ZipArchive::new(BufReader::new(File::open(path)?))?;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        if select(&file.name()?) {
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            return Ok(Some(text));
        }
    }
    Ok(None)
}
