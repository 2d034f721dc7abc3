//! Regular expressions of rules, each made once.

use std::collections::BTreeMap;
use std::sync::Arc;

use cel::ExecutionError;
use cel::extractors::This;
use regex_lite::Regex;

/// The name of CEL's function, which is ours here: that of the crate makes a regular expression at each call.
pub(crate) const MATCHES: &str = "matches";

/// The most bytes of a text that is searched. Search takes time in proportion to a text, and no business rule is about what
/// comes later in it.
const MAX_SEARCHED_BYTES: usize = 16 * 1024;

/// The patterns of a set of rules, by their sources.
pub(crate) type Patterns = Arc<BTreeMap<String, Regex>>;

/// The function for `text.matches('pattern')`: whether the pattern is somewhere in the text.
pub(crate) fn function(
    patterns: Patterns,
) -> impl Fn(This<Arc<String>>, Arc<String>) -> Result<bool, ExecutionError> + Send + Sync + 'static {
    move |This(text): This<Arc<String>>, pattern: Arc<String>| {
        let regex = patterns.get(pattern.as_str()).ok_or_else(|| {
            ExecutionError::function_error(MATCHES, "the pattern must be a literal, so that it can be prepared")
        })?;
        let mut end = text.len().min(MAX_SEARCHED_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Ok(regex.is_match(&text[..end]))
    }
}
