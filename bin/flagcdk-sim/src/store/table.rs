//! Rows of one kind, each read when it is first asked for.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Rows of one kind by their key.
#[derive(Debug)]
pub(crate) struct Table<T> {
    folder: Option<PathBuf>,
    rows: BTreeMap<String, Row<T>>,
    /// Files of rows that were removed or changed, to be deleted after the next commit.
    obsolete: Vec<String>,
    dirty: bool,
    failure: Option<io::Error>,
}

#[derive(Debug)]
struct Row<T> {
    /// The file that holds the row as it was at the last commit.
    file: Option<String>,
    value: Option<T>,
    dirty: bool,
}

impl<T: Serialize + DeserializeOwned> Table<T> {
    pub(super) fn new(name: &str, directory: Option<&Path>, files: BTreeMap<String, String>) -> Self {
        let rows =
            files.into_iter().map(|(key, file)| (key, Row { file: Some(file), value: None, dirty: false })).collect();
        Self {
            folder: directory.map(|directory| directory.join(name)),
            rows,
            obsolete: Vec::new(),
            dirty: false,
            failure: None,
        }
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.rows.contains_key(key)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(String::as_str)
    }

    /// The keys that begin with `prefix`.
    pub(crate) fn keys_under(&self, prefix: &str) -> Vec<String> {
        self.rows
            .range(prefix.to_owned()..)
            .map(|(key, _)| key)
            .take_while(|key| key.starts_with(prefix))
            .cloned()
            .collect()
    }

    pub(crate) fn get(&mut self, key: &str) -> Option<&T> {
        self.load(key).and_then(|row| row.value.as_ref())
    }

    /// The row, to be changed.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        self.load(key)?;
        self.dirty = true;
        let row = self.rows.get_mut(key)?;
        row.dirty = true;
        row.value.as_mut()
    }

    pub(crate) fn get_or_default(&mut self, key: &str) -> &mut T
    where
        T: Default,
    {
        self.load(key);
        self.dirty = true;
        let row = self.rows.entry(key.to_owned()).or_insert(Row { file: None, value: None, dirty: true });
        row.dirty = true;
        row.value.get_or_insert_default()
    }

    pub(crate) fn put(&mut self, key: &str, value: T) {
        self.dirty = true;
        let row = self.rows.entry(key.to_owned()).or_insert(Row { file: None, value: None, dirty: true });
        row.value = Some(value);
        row.dirty = true;
    }

    pub(crate) fn remove(&mut self, key: &str) {
        if let Some(row) = self.rows.remove(key) {
            self.dirty = true;
            self.obsolete.extend(row.file);
        }
    }

    pub(super) fn is_dirty(&self) -> bool {
        self.dirty
    }

    pub(super) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// The file of every row.
    pub(super) fn files(&self) -> BTreeMap<String, String> {
        self.rows.iter().filter_map(|(key, row)| row.file.clone().map(|file| (key.clone(), file))).collect()
    }

    /// Writes the changed rows to new files, and tells which old ones are then of no more use.
    pub(super) fn write(&mut self, generation: u64, obsolete: &mut Vec<PathBuf>) -> io::Result<()> {
        let Some(folder) = self.folder.clone().filter(|_| self.dirty) else { return Ok(()) };
        for (key, row) in self.rows.iter_mut().filter(|(_, row)| row.dirty) {
            let Some(value) = &row.value else { continue };
            let file = format!("{}-{generation}.json", file_stem(key));
            let text = serde_json::to_vec(value).map_err(io::Error::other)?;
            fs::write(folder.join(&file), text)?;
            self.obsolete.extend(row.file.replace(file));
            row.dirty = false;
        }
        obsolete.extend(self.obsolete.drain(..).map(|file| folder.join(file)));
        self.dirty = false;
        Ok(())
    }

    fn load(&mut self, key: &str) -> Option<&Row<T>> {
        let row = self.rows.get_mut(key)?;
        if row.value.is_none()
            && let (Some(folder), Some(file)) = (&self.folder, &row.file)
        {
            let read =
                fs::read(folder.join(file)).and_then(|bytes| serde_json::from_slice(&bytes).map_err(io::Error::other));
            match read {
                Ok(value) => row.value = Some(value),
                Err(error) => {
                    self.failure = Some(error);
                    return None;
                }
            }
        }
        Some(row)
    }
}

/// The key as part of a file name.
fn file_stem(key: &str) -> String {
    let safe = |character: char| character.is_ascii_alphanumeric() || "-._".contains(character);
    key.chars().map(|character| if safe(character) { character } else { '+' }).collect()
}
