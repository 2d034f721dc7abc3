//! JSON with matchers in it.

/// JSON in which values may be [`Matcher`](crate::assertions::Matcher)s: objects may have more entries than here, lists may
/// not have more items.
///
/// ```
/// use flagcdk::assertions::{any, array_with, like, regex};
/// use serde_json::json;
///
/// let policy = like!({
///     "Version": "2012-10-17",
///     "Statement": array_with([like!({ "Action": ["sqs:SendMessage"], "Resource": any(), "Sid": regex("^Send") })]),
/// });
/// assert!(policy.matches(&json!({
///     "Version": "2012-10-17",
///     "Statement": [
///         { "Effect": "Deny" },
///         { "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": "*", "Sid": "SendOrders" },
///     ],
/// })));
/// ```
#[macro_export]
macro_rules! like {
    (@object [$($done:tt)*]) => {
        <$crate::assertions::Matcher as ::std::iter::FromIterator<_>>::from_iter(
            ::std::iter::empty::<(::std::string::String, $crate::assertions::Matcher)>()$($done)*
        )
    };
    (@object [$($done:tt)*] $key:literal : { $($value:tt)* } $(, $($rest:tt)*)?) => {
        $crate::like!(@object [$($done)* .chain([(($key).into(), $crate::like!({ $($value)* }))])] $($($rest)*)?)
    };
    (@object [$($done:tt)*] $key:literal : [ $($value:tt)* ] $(, $($rest:tt)*)?) => {
        $crate::like!(@object [$($done)* .chain([(($key).into(), $crate::like!([ $($value)* ]))])] $($($rest)*)?)
    };
    (@object [$($done:tt)*] $key:literal : $value:expr $(, $($rest:tt)*)?) => {
        $crate::like!(@object [$($done)* .chain([(($key).into(), $crate::like!($value))])] $($($rest)*)?)
    };
    (@array [$($done:expr,)*]) => {
        $crate::assertions::array_equals::<$crate::assertions::Matcher>([$($done),*])
    };
    (@array [$($done:expr,)*] { $($value:tt)* } $(, $($rest:tt)*)?) => {
        $crate::like!(@array [$($done,)* $crate::like!({ $($value)* }),] $($($rest)*)?)
    };
    (@array [$($done:expr,)*] [ $($value:tt)* ] $(, $($rest:tt)*)?) => {
        $crate::like!(@array [$($done,)* $crate::like!([ $($value)* ]),] $($($rest)*)?)
    };
    (@array [$($done:expr,)*] $value:expr $(, $($rest:tt)*)?) => {
        $crate::like!(@array [$($done,)* $crate::like!($value),] $($($rest)*)?)
    };
    ({ $($entries:tt)* }) => { $crate::like!(@object [] $($entries)*) };
    ([ $($items:tt)* ]) => { $crate::like!(@array [] $($items)*) };
    ($value:expr) => { $crate::assertions::Matcher::from($value) };
}
