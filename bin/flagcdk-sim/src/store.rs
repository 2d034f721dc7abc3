//! What the simulated cloud remembers, in memory or in a directory.
//!
//! Each row (a stack, its resources, a stack set …) is a file of its own that is read when it is first asked for. A
//! change writes new files beside the old ones and then replaces `root.json`, which names the file of every row: the
//! rename of that one file is the moment at which a change happens. Whatever a killed process left half-written is
//! named by no root, and is removed at the next start. Nothing is forced to the disk, so a loss of power is not provided
//! for.

pub(crate) mod model;
mod table;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::identifiers;
use model::{Bucket, DynamoTable, RegionState, Schedule, Stack, StackEvents, StackResources, StackSet};
pub(crate) use table::Table;

/// The form of the files; a directory of another version is refused.
const VERSION: u32 = 1;

/// Everything that the simulated cloud remembers.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) stacks: Table<Stack>,
    pub(crate) resources: Table<StackResources>,
    pub(crate) events: Table<StackEvents>,
    pub(crate) regions: Table<RegionState>,
    pub(crate) stack_sets: Table<StackSet>,
    pub(crate) buckets: Table<Bucket>,
    pub(crate) tables: Table<DynamoTable>,
    pub(crate) schedule: Table<Schedule>,
    blobs: HashMap<String, Bytes>,
    directory: Option<PathBuf>,
    /// Counts what was made, so that generated ids differ without being random.
    counter: u64,
    generation: u64,
    /// Keeps other simulators away for as long as this one lives.
    _lock: Option<fs::File>,
}

/// Why a state directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The directory, or a file in it, cannot be read or written.
    #[error("cannot use the state directory `{}`", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Another simulator runs on this directory.
    #[error("the state directory `{}` is in use by another simulator", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// A file in the directory is not what a simulator of this version writes.
    #[error("`{}` is no state of this simulator: {reason}; remove the directory to begin anew", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Serialize, Deserialize, Default)]
struct Root {
    version: u32,
    account: String,
    counter: u64,
    generation: u64,
    tables: BTreeMap<String, BTreeMap<String, String>>,
}

impl Store {
    /// An empty cloud that is forgotten at the end.
    pub(crate) fn in_memory() -> Self {
        Self::with_root(None, None, Root { version: VERSION, ..Root::default() })
    }

    /// The cloud in a directory, which is made when it is not there.
    pub(crate) fn open(directory: &Path, account: &str) -> Result<Self, StateError> {
        let io = |source| StateError::Io { path: directory.to_owned(), source };
        fs::create_dir_all(directory.join("blobs")).map_err(io)?;
        let lock = fs::File::create(directory.join("lock")).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(StateError::InUse { path: directory.to_owned() });
            }
            Err(fs::TryLockError::Error(source)) => return Err(io(source)),
        }
        let path = directory.join("root.json");
        let root = match fs::read(&path) {
            Ok(bytes) => {
                let malformed = |reason: String| StateError::Malformed { path: path.clone(), reason };
                let root: Root = serde_json::from_slice(&bytes).map_err(|error| malformed(error.to_string()))?;
                if root.version != VERSION {
                    return Err(malformed(format!("got version {}, want {VERSION}", root.version)));
                }
                if root.account != account {
                    return Err(malformed(format!("it belongs to account `{}`, not `{account}`", root.account)));
                }
                root
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Root { version: VERSION, account: account.to_owned(), ..Root::default() }
            }
            Err(source) => return Err(StateError::Io { path, source }),
        };
        let store = Self::with_root(Some(directory.to_owned()), Some(lock), root);
        store.sweep().map_err(io)?;
        Ok(store)
    }

    fn with_root(directory: Option<PathBuf>, lock: Option<fs::File>, mut root: Root) -> Self {
        let mut files = |name: &str| root.tables.remove(name).unwrap_or_default();
        let place = directory.as_deref();
        Self {
            stacks: Table::new("stacks", place, files("stacks")),
            resources: Table::new("resources", place, files("resources")),
            events: Table::new("events", place, files("events")),
            regions: Table::new("regions", place, files("regions")),
            stack_sets: Table::new("stack-sets", place, files("stack-sets")),
            buckets: Table::new("buckets", place, files("buckets")),
            tables: Table::new("tables", place, files("tables")),
            schedule: Table::new("schedule", place, files("schedule")),
            blobs: HashMap::new(),
            directory,
            counter: root.counter,
            generation: root.generation,
            _lock: lock,
        }
    }

    /// A number that was never given before.
    pub(crate) fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// The state of a region, which begins empty. The name `global` stands for what has no region, such as IAM.
    pub(crate) fn region(&mut self, region: &str) -> &mut RegionState {
        self.regions.get_or_default(region)
    }

    /// The state of a region, to be looked at only.
    pub(crate) fn region_view(&mut self, region: &str) -> &RegionState {
        static EMPTY: LazyLock<RegionState> = LazyLock::new(RegionState::default);
        self.regions.get(region).unwrap_or(&EMPTY)
    }

    /// Keeps some bytes and gives the name to find them by.
    pub(crate) fn put_blob(&mut self, bytes: Bytes) -> io::Result<String> {
        let name = identifiers::sha256(&bytes);
        match &self.directory {
            None => {
                self.blobs.insert(name.clone(), bytes);
            }
            Some(directory) => {
                let path = directory.join("blobs").join(&name);
                if !path.exists() {
                    replace_file(&path, &bytes)?;
                }
            }
        }
        Ok(name)
    }

    /// The bytes of that name.
    pub(crate) fn blob(&self, name: &str) -> io::Result<Bytes> {
        match &self.directory {
            None => self.blobs.get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into()),
            Some(directory) => fs::read(directory.join("blobs").join(name)).map(Bytes::from),
        }
    }

    /// Makes every change since the last commit lasting, all of them or none.
    pub(crate) fn commit(&mut self, account: &str) -> io::Result<()> {
        if self.directory.is_none() || !self.is_dirty() {
            return self.take_failure();
        }
        self.take_failure()?;
        self.generation += 1;
        let generation = self.generation;
        let mut obsolete = Vec::new();
        macro_rules! write_tables {
            ($($table:ident),*) => { $(self.$table.write(generation, &mut obsolete)?;)* };
        }
        write_tables!(stacks, resources, events, regions, stack_sets, buckets, tables, schedule);
        let root = Root {
            version: VERSION,
            account: account.to_owned(),
            counter: self.counter,
            generation,
            tables: self.files(),
        };
        let text = serde_json::to_vec(&root).expect("the root is plain data");
        if let Some(directory) = &self.directory {
            replace_file(&directory.join("root.json"), &text)?;
            for file in obsolete {
                // A file that stays behind is swept away at the next start.
                let _ = fs::remove_file(file);
            }
        }
        Ok(())
    }

    fn is_dirty(&self) -> bool {
        self.stacks.is_dirty()
            || self.resources.is_dirty()
            || self.events.is_dirty()
            || self.regions.is_dirty()
            || self.stack_sets.is_dirty()
            || self.buckets.is_dirty()
            || self.tables.is_dirty()
            || self.schedule.is_dirty()
    }

    /// The first row that could not be read since the last commit.
    fn take_failure(&mut self) -> io::Result<()> {
        let failures = [
            self.stacks.take_failure(),
            self.resources.take_failure(),
            self.events.take_failure(),
            self.regions.take_failure(),
            self.stack_sets.take_failure(),
            self.buckets.take_failure(),
            self.tables.take_failure(),
            self.schedule.take_failure(),
        ];
        failures.into_iter().flatten().next().map_or(Ok(()), Err)
    }

    fn files(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        BTreeMap::from([
            ("stacks".to_owned(), self.stacks.files()),
            ("resources".to_owned(), self.resources.files()),
            ("events".to_owned(), self.events.files()),
            ("regions".to_owned(), self.regions.files()),
            ("stack-sets".to_owned(), self.stack_sets.files()),
            ("buckets".to_owned(), self.buckets.files()),
            ("tables".to_owned(), self.tables.files()),
            ("schedule".to_owned(), self.schedule.files()),
        ])
    }

    /// Removes what a killed process left behind.
    fn sweep(&self) -> io::Result<()> {
        let Some(directory) = &self.directory else { return Ok(()) };
        for (table, files) in self.files() {
            let folder = directory.join(table);
            fs::create_dir_all(&folder)?;
            let known: std::collections::BTreeSet<String> = files.into_values().collect();
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                if !entry.file_name().to_str().is_some_and(|name| known.contains(name)) {
                    fs::remove_file(entry.path())?;
                }
            }
        }
        Ok(())
    }
}

/// Writes a file so that it is there wholly or not at all.
fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    fs::write(&temporary, bytes)?;
    fs::rename(&temporary, path)
}
