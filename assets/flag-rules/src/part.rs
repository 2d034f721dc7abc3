//! Conditions, taken apart at their `&&`. Many rules have parts in common, such as `env.production`: each is compiled once,
//! and evaluated once for a change.

/// The parts of a condition, all of which must be true; the condition itself if it has one part.
///
/// Only what stands outside of brackets and texts is taken apart, and only if no `||` or `?` is there, which bind less tightly.
pub(crate) fn parts_of(condition: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0usize);
    let bytes = condition.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\'' | b'"', _) => {
                at = end_of_text(bytes, at);
                continue;
            }
            (b'(' | b'[' | b'{', _) => depth += 1,
            (b')' | b']' | b'}', _) => depth = depth.saturating_sub(1),
            (b'?', _) | (b'|', Some(b'|')) if depth == 0 => return vec![condition.trim()],
            // A comment may hold quotes and brackets.
            (b'/', Some(b'/')) => return vec![condition.trim()],
            (b'&', Some(b'&')) if depth == 0 => {
                parts.push(condition[start..at].trim());
                start = at + 2;
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(condition[start..].trim());
    parts
}

/// Where a text ends that begins with the quote at this place: behind its closing quote.
fn end_of_text(bytes: &[u8], open: usize) -> usize {
    let quote = bytes[open];
    let is_raw = open > 0 && bytes[open - 1].eq_ignore_ascii_case(&b'r');
    let is_tripled = bytes[open..].starts_with(&[quote; 3]);
    let close: &[u8] = if is_tripled { &[quote; 3] } else { &[quote] };
    let mut at = open + close.len();
    while at < bytes.len() {
        if bytes[at] == b'\\' && !is_raw {
            at += 2;
        } else if bytes[at..].starts_with(close) {
            return at + close.len();
        } else {
            at += 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_taken_apart() {
        let check = |condition: &str, expected: &[&str]| assert_eq!(parts_of(condition), expected, "{condition}");
        check("a", &["a"]);
        check(" a && b.c&&!d ", &["a", "b.c", "!d"]);
        check("a && (b && c || d) && [1 && 2]", &["a", "(b && c || d)", "[1 && 2]"]);
        check("a && b || c", &["a && b || c"]);
        check("a ? b && c : d", &["a ? b && c : d"]);
        check("a == 'x && y' && b", &["a == 'x && y'", "b"]);
        check(r#"a == "it's && \" && '" && b"#, &[r#"a == "it's && \" && '""#, "b"]);
        check(r"a.matches(r'\') && b", &[r"a.matches(r'\')", "b"]);
        check(r"a.matches('\'') && b", &[r"a.matches('\'')", "b"]);
        check("a == '''x' && ''y''' && b", &["a == '''x' && ''y'''", "b"]);
        check("a && (// it's\n b) && c", &["a && (// it's\n b) && c"]);
        check("a == 'no end && b", &["a == 'no end && b"]);
    }
}
