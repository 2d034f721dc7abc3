//! The files of a directory asset, and nothing that is not in the directory.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::path::{Component, Path, PathBuf};

use super::archive::{self, Entry, MOST_BYTES};
use super::error::{DirectoryFault, PackageError};

/// How deep directories may be in each other.
const MOST_LEVELS: usize = 64;

/// Reads every file of the directory `path`, which is relative to `base`.
///
/// A link to a file or directory in the same tree is followed, and becomes what it leads to. Nothing is left out by its name.
///
/// # Errors
/// Everything that is wrong with the tree: links out of it, files that are no files, names that a zip file cannot have.
pub(super) fn read(base: &Path, path: &Path) -> Result<Vec<Entry>, PackageError> {
    let fault = |reason: &str| PackageError::Directory {
        path: path.to_owned(),
        faults: vec![DirectoryFault { path: String::new(), reason: reason.to_owned() }],
    };
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !is_inside || path.as_os_str().is_empty() {
        return Err(fault("the path is not one of a directory below the app's"));
    }
    let base = fs::canonicalize(base).map_err(PackageError::io("read", base))?;
    let root = base.join(path);
    let root = match fs::canonicalize(&root) {
        Ok(root) => root,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(fault("there is no such directory")),
        Err(error) => return Err(PackageError::io("read", &root)(error)),
    };
    if !root.starts_with(&base) {
        return Err(fault("it is a link out of the app's directory"));
    }
    if !root.is_dir() {
        return Err(fault("it is no directory"));
    }
    let mut walk = Walk { root: root.clone(), entries: Vec::new(), sizes: Vec::new(), total: 0, faults: Vec::new() };
    walk.directory(&root, "", &mut vec![root.clone()]);
    if walk.entries.is_empty() && walk.faults.is_empty() {
        return Err(fault("it has no files"));
    }
    if !walk.faults.is_empty() {
        walk.faults.sort_by(|a, b| a.path.cmp(&b.path));
        return Err(PackageError::Directory { path: path.to_owned(), faults: walk.faults });
    }
    archive::check_size(walk.sizes.iter().map(|(size, name)| (*size, name.as_str())))?;
    Ok(walk.entries)
}

struct Walk {
    /// The directory, without links in its path.
    root: PathBuf,
    entries: Vec<Entry>,
    /// The sizes and names of all files, also of those that were not read any more because all are too much.
    sizes: Vec<(u64, String)>,
    total: u64,
    faults: Vec<DirectoryFault>,
}

impl Walk {
    fn fault(&mut self, path: &str, reason: impl Into<String>) {
        self.faults.push(DirectoryFault { path: path.to_owned(), reason: reason.into() });
    }

    /// `above` are the directories on the way here, without links in their paths.
    fn directory(&mut self, directory: &Path, name: &str, above: &mut Vec<PathBuf>) {
        if above.len() > MOST_LEVELS {
            self.fault(name, format!("is more than {MOST_LEVELS} directories deep"));
            return;
        }
        let children = match fs::read_dir(directory).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
            Ok(children) => children,
            Err(error) => return self.fault(name, format!("cannot be read: {error}")),
        };
        for child in children {
            let file_name = child.file_name();
            let Some(text) = file_name.to_str() else {
                self.fault(&join(name, &file_name.to_string_lossy()), "has a name that is not UTF-8");
                continue;
            };
            let name = join(name, text);
            if text.contains(|character: char| character == '\\' || character.is_control()) {
                self.fault(&name.escape_debug().to_string(), "has a backslash or a control character in its name");
                continue;
            }
            self.child(&child.path(), &name, above);
        }
    }

    fn child(&mut self, path: &Path, name: &str, above: &mut Vec<PathBuf>) {
        // The kind is looked at before anything is opened: to open a pipe would wait for its other end.
        let metadata = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => return self.fault(name, format!("cannot be read: {error}")),
        };
        if !metadata.is_symlink() {
            return self.resolved(path, name, &metadata, above);
        }
        let target = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(error) => return self.fault(name, format!("is a link that leads nowhere: {error}")),
        };
        if !target.starts_with(&self.root) {
            return self.fault(name, format!("is a link out of the directory, to `{}`", target.display()));
        }
        match fs::metadata(&target) {
            Ok(metadata) => self.resolved(&target, name, &metadata, above),
            Err(error) => self.fault(name, format!("cannot be read: {error}")),
        }
    }

    fn resolved(&mut self, path: &Path, name: &str, metadata: &Metadata, above: &mut Vec<PathBuf>) {
        if metadata.is_dir() {
            if above.iter().any(|directory| directory == path) {
                return self.fault(name, "is a link to a directory that it is in");
            }
            above.push(path.to_owned());
            self.directory(path, name, above);
            above.pop();
        } else if metadata.is_file() {
            self.file(path, name, metadata);
        } else {
            self.fault(name, "is a pipe, a socket or a device");
        }
    }

    fn file(&mut self, path: &Path, name: &str, metadata: &Metadata) {
        self.total = self.total.saturating_add(metadata.len());
        if self.total > MOST_BYTES {
            self.sizes.push((metadata.len(), name.to_owned()));
            return;
        }
        let mut bytes = Vec::new();
        // A file that grows while it is read is not read for ever.
        match File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)) {
            Ok(_) => {
                self.sizes.push((bytes.len() as u64, name.to_owned()));
                self.entries.push(Entry { name: name.to_owned(), is_executable: is_executable(metadata), bytes });
            }
            Err(error) => self.fault(name, format!("cannot be read: {error}")),
        }
    }
}

fn join(name: &str, child: &str) -> String {
    if name.is_empty() { child.to_owned() } else { format!("{name}/{child}") }
}

/// Whether its owner may execute the file. What others may is the umask's doing, not the author's.
#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    false
}
