//! Changes that CloudFormation refuses in one update, cut into several.
//!
//! A [global table](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html)
//! takes one new replica, or loses one, in an update. Three new regions are three updates.

use serde_json::Value as Json;

use crate::template::parse;

const GLOBAL_TABLE: &str = "AWS::DynamoDB::GlobalTable";

/// In how many updates the deployed template becomes the wanted one.
pub(crate) fn stages(deployed: &str, wanted: &str) -> usize {
    if !wanted.contains(GLOBAL_TABLE) {
        return 1;
    }
    let (deployed, wanted) = (parse(deployed), parse(wanted));
    let next = std::iter::successors(next_stage(&deployed, &wanted), |current| next_stage(current, &wanted));
    next.count() + 1
}

/// The template to deploy before the wanted one: the wanted one with the replicas of a global table short of all, or none if
/// one update does.
pub(crate) fn next_stage(current: &Json, wanted: &Json) -> Option<Json> {
    for (id, resource) in wanted["Resources"].as_object()? {
        let old = &current["Resources"][id];
        if resource["Type"] != GLOBAL_TABLE || old["Type"] != GLOBAL_TABLE {
            continue;
        }
        let (have, want) = (replicas(old), replicas(resource));
        let added: Vec<_> = want.iter().filter(|replica| !contains(have, replica)).collect();
        let removed: Vec<_> = have.iter().filter(|replica| !contains(want, replica)).collect();
        if added.len() + removed.len() <= 1 {
            continue;
        }
        // What stays, in its wanted form; then the first that is new, else all but the first that goes.
        let mut next: Vec<Json> = want.iter().filter(|replica| contains(have, replica)).cloned().collect();
        match added.first() {
            Some(replica) => {
                next.extend(removed.into_iter().cloned());
                next.push((*replica).clone());
            }
            None => next.extend(removed.into_iter().skip(1).cloned()),
        }
        let mut stage = wanted.clone();
        stage["Resources"][id]["Properties"]["Replicas"] = next.into();
        return Some(stage);
    }
    None
}

fn replicas(resource: &Json) -> &[Json] {
    resource["Properties"]["Replicas"].as_array().map_or(&[], Vec::as_slice)
}

fn contains(replicas: &[Json], replica: &Json) -> bool {
    replicas.iter().any(|other| other["Region"] == replica["Region"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table(regions: &[&str]) -> Json {
        let replicas: Vec<_> = regions.iter().map(|region| json!({ "Region": region })).collect();
        json!({ "Resources": { "Flags": { "Type": GLOBAL_TABLE, "Properties": { "Replicas": replicas } } } })
    }

    #[test]
    fn one_replica_an_update() {
        let check = |from: &[&str], to: &[&str], expected: &[&[&str]]| {
            let (from, to) = (table(from), table(to));
            let between = std::iter::successors(next_stage(&from, &to), |current| next_stage(current, &to));
            let found: Vec<Vec<String>> = between
                .chain([to.clone()])
                .map(|stage| {
                    let replicas = replicas(&stage["Resources"]["Flags"]).iter();
                    replicas.map(|replica| replica["Region"].as_str().unwrap().to_owned()).collect()
                })
                .collect();
            assert_eq!(found, expected);
            assert_eq!(stages(&from.to_string(), &to.to_string()), expected.len());
        };
        check(&["a"], &["a"], &[&["a"]]);
        check(&["a"], &["a", "b"], &[&["a", "b"]]);
        check(&["a"], &["a", "b", "c", "d"], &[&["a", "b"], &["a", "b", "c"], &["a", "b", "c", "d"]]);
        check(&["a", "b", "c"], &["a"], &[&["a", "c"], &["a"]]);
        check(&["a", "b"], &["a", "c"], &[&["a", "b", "c"], &["a", "c"]]);
    }

    #[test]
    fn a_new_table_is_made_in_one() {
        assert_eq!(stages("{}", &table(&["a", "b", "c"]).to_string()), 1);
    }
}
