//! What cargo says to people, understood.

/// A line that cargo wrote.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard<'a> {
    /// Nothing that anybody needs to read.
    Nothing,
    /// The bar of progress.
    Progress {
        /// How many units are done.
        done: u32,
        /// How many there are.
        total: u32,
        /// What is being compiled now.
        names: String,
    },
    /// Anything else.
    Text(&'a str),
}

/// Understands a line such as `    Building [=====>       ] 31/240: aws-sdk-sns, tokio(build)`.
pub(super) fn hear(line: &str) -> Heard<'_> {
    // The bar is erased by blanks or by an escape sequence before it is drawn again.
    let line = line.trim_end().trim_start_matches("\u{1b}[K");
    if line.is_empty() {
        return Heard::Nothing;
    }
    match bar(line) {
        Some(progress) => progress,
        // That a crate is being compiled is in the bar as well, with how many there are.
        None if ["Compiling ", "Fresh "].iter().any(|word| line.trim_start().starts_with(word)) => Heard::Nothing,
        None => Heard::Text(line),
    }
}

fn bar(line: &str) -> Option<Heard<'_>> {
    let rest = line.trim_start().strip_prefix("Building")?.trim_start().strip_prefix('[')?;
    let (_, rest) = rest.split_once(']')?;
    let (counts, names) = rest.split_once(':').unwrap_or((rest, ""));
    let (done, total) = counts.trim().split_once('/')?;
    let names = names.trim().trim_end_matches("...").trim_end_matches([',', ' ']);
    Some(Heard::Progress { done: done.parse().ok()?, total: total.parse().ok()?, names: names.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_cargo() {
        let check = |line: &str, expected: Heard<'_>| assert_eq!(hear(line), expected, "{line:?}");
        let progress = |done, total, names: &str| Heard::Progress { done, total, names: names.to_owned() };
        check(
            "    Building [===>      ] 31/240: aws-sdk-sns, tokio(build)  ",
            progress(31, 240, "aws-sdk-sns, tokio(build)"),
        );
        check("    Building [===>      ] 31/240: aws-sdk-sns, tok...", progress(31, 240, "aws-sdk-sns, tok"));
        check("    Building [          ] 0/2", progress(0, 2, ""));
        check("\u{1b}[K", Heard::Nothing);
        check("   ", Heard::Nothing);
        check("   Compiling serde v1.0.0", Heard::Nothing);
        check(
            "    Blocking waiting for file lock on build directory",
            Heard::Text("    Blocking waiting for file lock on build directory"),
        );
        check("    Building [x] y/z", Heard::Text("    Building [x] y/z"));
        check("error: Building is hard", Heard::Text("error: Building is hard"));
    }
}
