//! Logical ids: readable names of resources in a template, made from the construct path alone.
//!
//! They are public API. CloudFormation takes a resource with another logical id for another resource, and replaces it.

/// The most characters that CloudFormation allows in a logical id.
pub(crate) const MAX_LENGTH: usize = 255;

/// The child that does not show in a logical id: a construct's main resource.
pub(crate) const MAIN_CHILD: &str = "Resource";

/// The logical id of a resource whose ids from below the stack to the resource itself are `path`.
///
/// Each id is written in PascalCase without what CloudFormation does not allow, and a main child named `Resource` adds
/// nothing: `Bus/Services/payment-api/Queue/Resource` is `BusServicesPaymentApiQueue`.
pub(crate) fn logical_id<'a>(path: impl IntoIterator<Item = &'a str>) -> String {
    let mut id = String::new();
    let mut first = "";
    for part in path {
        first = part;
        if part != MAIN_CHILD {
            push_pascal_case(&mut id, part);
        }
    }
    if id.is_empty() {
        push_pascal_case(&mut id, first);
    }
    id
}

/// One id in PascalCase.
pub(crate) fn pascal_case(text: &str) -> String {
    let mut out = String::new();
    push_pascal_case(&mut out, text);
    out
}

/// One id in kebab-case, for names of stacks: `FanoutShard0` is `fanout-shard0`.
pub(crate) fn kebab_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut after_lower = false;
    for c in text.chars() {
        if c.is_ascii_uppercase() && after_lower {
            out.push('-');
        }
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        after_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    out
}

fn push_pascal_case(out: &mut String, text: &str) {
    let mut upper = true;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        } else {
            upper = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_readable() {
        let check = |path: &[&str], expected: &str| assert_eq!(logical_id(path.iter().copied()), expected, "{path:?}");
        check(&["Queue"], "Queue");
        check(&["Bus", "Services", "payment-api", "Queue", "Resource"], "BusServicesPaymentApiQueue");
        check(&["a_b"], "AB");
        check(&["Resource"], "Resource");
        check(&["service-001", "Dlq"], "Service001Dlq");
    }

    #[test]
    fn stack_names_are_kebab_case() {
        for (text, expected) in
            [("Keys", "keys"), ("FanoutShard0", "fanout-shard0"), ("VPCPeers", "vpcpeers"), ("a b", "a-b")]
        {
            assert_eq!(kebab_case(text), expected);
        }
    }
}
