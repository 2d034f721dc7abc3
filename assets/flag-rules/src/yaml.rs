//! Reads rules as people write them. Only the build script does, and the tests.

use crate::source::Group;

/// Reads a file of rules.
pub(crate) fn read(file: &str, text: &str) -> Result<Group, serde_yaml_ng::Error> {
    let mut group: Group = serde_yaml_ng::from_str(text)?;
    group.file = file.to_owned();
    let mut lines = text.lines().enumerate();
    for rule in &mut group.rules {
        let id = format!("id: {}", rule.id);
        let found = lines.find(|(_, line)| line.trim_start_matches(['-', ' ']).trim_end() == id);
        rule.line = found.map_or(0, |(index, _)| index + 1);
    }
    Ok(group)
}
