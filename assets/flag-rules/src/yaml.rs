//! Rules as people write them. The build script has this module too.

use crate::source::SourceRule;

/// Finds the lines that rules begin in.
pub(crate) fn locate(rules: &mut [SourceRule], text: &str) {
    let mut after = 0;
    for rule in rules {
        let is_id = |line: &str| value_of(line, "id") == Some(&rule.id);
        let found = text.lines().enumerate().skip(after).find(|(_, line)| is_id(line));
        rule.line = found.map_or(0, |(index, _)| index + 1);
        after = after.max(rule.line);
        rule.file = None;
    }
}

/// What stands behind a name in a line, such as the `x` of `- id: "x"  # why`.
fn value_of<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let rest = line.trim_start_matches(['-', '{', ' ']).strip_prefix(name)?.trim_start().strip_prefix(':')?;
    let end = rest.find([',', '#', '}']).unwrap_or(rest.len());
    Some(rest[..end].trim().trim_matches(['"', '\'']))
}
