//! Regular expressions of rules, each made once.

use std::collections::BTreeMap;
use std::sync::Arc;

use cel::common::types::{CelBool, CelString};
use cel::common::value::CowVal;
use cel::{Context, ExecutionError, FunctionContext};
use regex_lite::Regex;

/// The name of CEL's function, which is ours here: that of the crate makes a regular expression at each call.
pub(crate) const MATCHES: &str = "matches";

/// The most bytes of a text that is searched. Search takes time in proportion to a text, and no flag that is published is
/// longer than this.
const MAX_SEARCHED_BYTES: usize = 192 * 1024;

/// The patterns of a set of rules, by their sources.
pub(crate) type Patterns = Arc<BTreeMap<String, Regex>>;

/// A function of CEL.
type Function =
    Box<dyn for<'b, 'v> Fn(&mut FunctionContext<'b, 'v>) -> Result<CowVal<'b, 'v>, ExecutionError> + Send + Sync>;

/// Gives a context the function for `text.matches('pattern')`: whether the pattern is somewhere in the text.
pub(crate) fn add_to(context: &mut Context<'_, '_>, patterns: Patterns) {
    let function: Function = Box::new(move |call| {
        let of = |problem: &str| ExecutionError::function_error(MATCHES, problem);
        let text = call.this.as_deref().and_then(|text| text.downcast_ref::<CelString<'_>>());
        let text = text.ok_or_else(|| of("only texts are matched"))?.inner();
        let pattern = call.args.first().and_then(|pattern| pattern.downcast_ref::<CelString<'_>>());
        let regex = pattern
            .and_then(|pattern| patterns.get(pattern.inner()))
            .ok_or_else(|| of("the pattern must be a literal, so that it can be prepared"))?;
        let end = text.floor_char_boundary(MAX_SEARCHED_BYTES);
        Ok(CowVal::owned(CelBool::from(regex.is_match(&text[..end]))))
    });
    context
        .add_function(MATCHES, function)
        .expect("without its own regular expressions, CEL has no function of this name");
}
