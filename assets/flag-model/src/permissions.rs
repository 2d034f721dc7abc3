//! What each function asks AWS for, as data, so that its role can be compared with it.

/// The actions that the code of each function calls, by the function's handler.
///
/// A transaction of DynamoDB has no action of its own: it wants those of the writes in it.
pub const ACTIONS: &[(&str, &[&str])] = &[
    ("cache_updater", &["secretsmanager:GetSecretValue"]),
    ("consistency_checker", &[]),
    ("rollback", &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem", "es:ESHttpPut"]),
    ("validator", &["dynamodb:UpdateItem", "events:PutEvents", "sns:Publish"]),
];

/// The actions that Lambda calls on behalf of a function, with the function's role, to bring it its events.
pub const EVENT_SOURCE_ACTIONS: &[(&str, &[&str])] = &[
    ("cache_updater", &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]),
    ("consistency_checker", &[]),
    ("rollback", &[]),
    (
        "validator",
        &[
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
            "sqs:SendMessage",
        ],
    ),
];

/// The actions of [`ACTIONS`] that need only be allowed in the home region, as no other region writes.
pub const HOME_ONLY: &[&str] = &["dynamodb:PutItem", "dynamodb:UpdateItem"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_name_the_same_functions() {
        let names = |table: &[(&str, &[&str])]| table.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(names(ACTIONS), names(EVENT_SOURCE_ACTIONS));
        for table in [ACTIONS, EVENT_SOURCE_ACTIONS] {
            assert!(table.is_sorted_by_key(|(name, _)| *name));
            for (name, actions) in table {
                assert!(actions.is_sorted(), "{name}");
                assert!(actions.iter().all(|action| action.contains(':')), "{name}");
            }
        }
    }
}
