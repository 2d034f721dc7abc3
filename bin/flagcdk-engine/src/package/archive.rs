//! Zip files whose bytes depend on their contents alone.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::error::PackageError;

/// How many bytes Lambda takes before compression, see
/// [quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
pub(super) const MOST_BYTES: u64 = 250 * 1024 * 1024;

/// One file of a zip file.
pub(super) struct Entry {
    /// Its path, with `/` between the parts.
    pub(super) name: String,
    pub(super) is_executable: bool,
    pub(super) bytes: Vec<u8>,
}

/// The zip file of these entries: sorted by name, from 1980-01-01, of mode 0755 or 0644, deflated as far as it goes.
pub(super) fn zip(entries: &mut [Entry]) -> Vec<u8> {
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(9))
            .last_modified_time(DateTime::default())
            // The mode is kept only if the file says that it comes from Unix, whatever it was made on.
            .system(System::Unix)
            .unix_permissions(if entry.is_executable { 0o755 } else { 0o644 });
        writer.start_file(&*entry.name, options).expect("names were checked when the files were read");
        writer.write_all(&entry.bytes).expect("memory takes every byte");
    }
    writer.finish().expect("memory takes every byte").into_inner()
}

/// Holds files, of which the sizes and names are given, against what Lambda takes.
pub(super) fn check_size<'a>(files: impl Iterator<Item = (u64, &'a str)>) -> Result<(), PackageError> {
    let mut sizes: Vec<_> = files.collect();
    let got = sizes.iter().fold(0_u64, |sum, (size, _)| sum.saturating_add(*size));
    if got <= MOST_BYTES {
        return Ok(());
    }
    sizes.sort_by(|a, b| b.cmp(a));
    let largest: Vec<_> = sizes.iter().take(10).map(|(size, name)| format!("`{name}` {size}")).collect();
    Err(PackageError::TooLarge { got, most: MOST_BYTES, largest: largest.join(", ") })
}
