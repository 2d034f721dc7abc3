//! The frame of an answer, and pages.

use super::Call;
use crate::protocol::ServiceError;
use crate::protocol::xml::Xml;

const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

/// The number of items on a page.
const PAGE: usize = 100;

/// `<ActionResponse><ActionResult>…</ActionResult><ResponseMetadata/></ActionResponse>`
pub(super) fn answer(action: &str, call: Call<'_>, content: impl FnOnce(&mut Xml)) -> String {
    let mut xml = Xml::default();
    xml.root(&format!("{action}Response"), NAMESPACE, |xml| {
        xml.element(&format!("{action}Result"), content);
        xml.element("ResponseMetadata", |xml| xml.text("RequestId", call.request_id));
    });
    xml.finish()
}

/// One page of a list, and the token of the next one.
pub(super) fn page<'a, T>(call: Call<'_>, items: &'a [T]) -> Result<(&'a [T], Option<String>), ServiceError> {
    let size = match call.fields.integer("MaxResults")? {
        Some(size @ 1..=PAGE) => size,
        Some(size) => {
            return Err(ServiceError::validation(format!(
                "1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: Member \
                 must have value less than or equal to {PAGE}"
            )));
        }
        None => PAGE,
    };
    let start = match call.fields.get("NextToken") {
        None => 0,
        Some(token) => token
            .strip_prefix("page-")
            .and_then(|digits| digits.parse::<usize>().ok())
            .ok_or_else(|| ServiceError::validation("Invalid NextToken"))?,
    };
    let start = start.min(items.len());
    let end = (start + size).min(items.len());
    let next = (end < items.len()).then(|| format!("page-{end}"));
    Ok((&items[start..end], next))
}
