//! A directory of rules that lies over those that are embedded.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::problem::{RuleProblem, RuleProblems};
use crate::rulebook::Rulebook;
use crate::source::{Group, SourceRule};
use crate::yaml;

/// The most bytes of a file of rules. The largest of those that are embedded has some 20 KiB.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// A file of the directory.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserFile {
    group: Option<String>,
    about: Option<String>,
    #[serde(default)]
    rules: Vec<SourceRule>,
    #[serde(default)]
    disabled: Vec<String>,
}

impl Rulebook {
    /// Lays a directory over the rules: each `*.yaml` or `*.yml` file in it adds rules, replaces those that have the same id,
    /// and switches off those that it names. Other files and folders are passed over.
    ///
    /// ```yaml
    /// # naming.yaml: a group has the name of its file. Only a new group must say what it is about.
    /// group: naming
    /// disabled: [naming.ticket]
    /// rules:
    /// - id: naming.too-long        # replaces the embedded one
    ///   severity: error
    ///   message: "the id has more than 40 characters"
    ///   on: [create]
    ///   when: flag.id.size() > 40
    ///   violates:
    ///   - flag: { flag_id: checkout.show-the-button-that-pays-with-one-click }
    ///   passes:
    ///   - flag: { flag_id: checkout.one-click-pay }
    /// ```
    ///
    /// The examples tell what is different about a change from one that is right in every respect, in production: `flag`
    /// (attributes, null takes one away), `old` (the same of the version before; without it the flag is new), `change` (who
    /// and why), `at` (when), `env` (`name` and `region`), `removed`.
    ///
    /// ```
    /// use flag_rules::{RuleProblems, Rulebook};
    ///
    /// /// What `flagcdk rules check` does.
    /// fn check(folder: &std::path::Path) -> Result<String, RuleProblems> {
    ///     let book = Rulebook::embedded().with_directory(folder)?;
    ///     let rules = book.prove()?;
    ///     Ok(format!("{} rules: {} added, {} replaced", rules.len(), book.added().len(), book.replaced().len()))
    /// }
    /// # let folder = std::env::temp_dir().join(format!("flag-rules-doc-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # std::fs::write(folder.join("local.yaml"), "disabled: [naming.ticket, naming.tikcet]")?;
    /// let problems = check(&folder).unwrap_err();
    /// assert!(problems.to_string().contains("local.yaml:1: there is no rule `naming.tikcet`; did you mean `naming.ticket`?"));
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the directory or a file cannot be read or is not as above: everything that is wrong, with file and line.
    pub fn with_directory(mut self, folder: &Path) -> Result<Self, RuleProblems> {
        let mut problems = Vec::new();
        let mut overlay = Overlay::default();
        for path in files_in(folder, &mut problems) {
            let place = path.display().to_string();
            match read(&path) {
                Ok((text, file)) => overlay.add(&place, &text, file, &self, &mut problems),
                Err((line, problem)) => problems.push(RuleProblem::of_file(&at(&place, line), problem)),
            }
        }
        overlay.disable(&mut self, &mut problems);
        if !problems.is_empty() {
            problems.sort();
            return Err(RuleProblems(problems));
        }
        overlay.lay_over(&mut self);
        Ok(self)
    }
}

/// What the files of a directory say together.
#[derive(Debug, Default)]
struct Overlay {
    /// Rules with their groups and what these are about, by the rules' ids.
    rules: BTreeMap<String, (String, Option<String>, SourceRule)>,
    /// Ids that are switched off, and where.
    disabled: BTreeMap<String, String>,
}

impl Overlay {
    fn add(&mut self, place: &str, text: &str, mut file: UserFile, book: &Rulebook, problems: &mut Vec<RuleProblem>) {
        yaml::locate(&mut file.rules, text);
        let mut wrong = |line: usize, problem: String| problems.push(RuleProblem::of_file(&at(place, line), problem));
        let is_new = |group: &str| !book.groups.iter().any(|known| known.group == group);
        match &file.group {
            None if !file.rules.is_empty() => wrong(1, "`group` is missing, to which the rules belong".to_owned()),
            Some(group) if is_new(group) && file.about.is_none() => {
                wrong(1, format!("`{group}` is a new group; say in `about` what its rules have in common"));
            }
            _ => {}
        }
        if file.rules.is_empty() && file.disabled.is_empty() {
            wrong(1, "the file has neither `rules` nor `disabled`".to_owned());
        }
        for id in file.disabled {
            let line = text.lines().position(|line| mentions(line, &id)).map_or(0, |index| index + 1);
            if let Some(other) = self.disabled.insert(id.clone(), at(place, line)) {
                wrong(line, format!("`{id}` is switched off in {other} already"));
            }
        }
        for mut rule in file.rules {
            rule.file = Some(place.to_owned());
            let here = at(place, rule.line);
            let group = file.group.clone().unwrap_or_default();
            if let Some((_, _, other)) = self.rules.get(&rule.id) {
                let other = at(other.file.as_deref().unwrap_or_default(), other.line);
                problems.push(RuleProblem::of_rule(&here, &rule.id, format!("{other} has the same id")));
                continue;
            }
            self.rules.insert(rule.id.clone(), (group, file.about.clone(), rule));
        }
    }

    /// Takes away what is switched off.
    fn disable(&self, book: &mut Rulebook, problems: &mut Vec<RuleProblem>) {
        let known: BTreeSet<String> =
            book.groups.iter().flat_map(|group| &group.rules).map(|rule| rule.id.clone()).collect();
        for (id, place) in &self.disabled {
            let problem = match (known.contains(id), self.rules.get(id)) {
                (_, Some((_, _, rule))) => {
                    let other = at(rule.file.as_deref().unwrap_or_default(), rule.line);
                    format!("`{id}` is switched off, and written in {other}; do one of the two")
                }
                (true, None) => continue,
                (false, None) => match nearest(id, &known) {
                    Some(other) => format!("there is no rule `{id}`; did you mean `{other}`?"),
                    None => format!("there is no rule `{id}`"),
                },
            };
            problems.push(RuleProblem::of_file(place, problem));
        }
        for group in &mut book.groups {
            group.rules.retain(|rule| !self.disabled.contains_key(&rule.id));
        }
        book.disabled.extend(self.disabled.keys().cloned());
        book.disabled.sort();
        book.disabled.dedup();
    }

    fn lay_over(self, book: &mut Rulebook) {
        for (id, (name, about, rule)) in self.rules {
            let here = book.groups.iter().position(|group| group.group == name);
            let here = here.unwrap_or_else(|| {
                let file = rule.file.clone().unwrap_or_default();
                book.groups.push(Group {
                    file,
                    group: name.clone(),
                    about: about.clone().unwrap_or_default(),
                    rules: Vec::new(),
                });
                book.groups.len() - 1
            });
            let group = &mut book.groups[here];
            if let Some(about) = about {
                group.about = about;
            }
            match group.rules.iter_mut().find(|known| known.id == id) {
                Some(known) => {
                    *known = rule;
                    book.replaced.push(id);
                }
                None => {
                    group.rules.push(rule);
                    book.added.push(id);
                }
            }
        }
        book.groups.sort_by(|a, b| a.group.cmp(&b.group));
        for ids in [&mut book.added, &mut book.replaced] {
            ids.sort();
            ids.dedup();
        }
    }
}

fn files_in(folder: &Path, problems: &mut Vec<RuleProblem>) -> Vec<PathBuf> {
    let place = folder.display().to_string();
    let entries = match fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(RuleProblem::of_file(&place, format!("the directory cannot be read: {error}")));
            return Vec::new();
        }
    };
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(is_yaml).collect();
    if files.is_empty() {
        problems
            .push(RuleProblem::of_file(&place, "there is no file in it that ends with `.yaml` or `.yml`".to_owned()));
    }
    files.sort();
    files
}

/// Reads a file; an error is a line, or 0, and what is wrong there.
fn read(path: &Path) -> Result<(String, UserFile), (usize, String)> {
    let unreadable = |error: std::io::Error| (0, format!("the file cannot be read: {error}"));
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err((0, "it is no file".to_owned()));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err((0, format!("the file has {} bytes, wanted {MAX_FILE_BYTES} at most", metadata.len())));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let file = serde_yaml_ng::from_str(&text).map_err(|error| {
        let line = error.location().map_or(0, |location| location.line());
        (line, error.to_string())
    })?;
    Ok((text, file))
}

fn at(place: &str, line: usize) -> String {
    if line == 0 { place.to_owned() } else { format!("{place}:{line}") }
}

/// Whether a line has an id in it that is not part of a longer one.
fn mentions(line: &str, id: &str) -> bool {
    let is_of_id = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    line.match_indices(id)
        .any(|(start, _)| !line[..start].ends_with(is_of_id) && !line[start + id.len()..].starts_with(is_of_id))
}

/// The id that was probably meant.
fn nearest<'i>(id: &str, known: &'i BTreeSet<String>) -> Option<&'i String> {
    let scored = known.iter().map(|other| (strsim::damerau_levenshtein(id, other), other));
    scored.filter(|(distance, _)| *distance <= 3).min().map(|(_, other)| other)
}
