//! Examples of changes, by which rules are proved.

use flag_model::{AttributeValue, Flag, Item};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::facts::{Change, Place};

/// A change that is told by what is different about it from a change that is right in every respect: see [`right_flag`].
///
/// What is given is merged into that one: objects entry by entry, anything else as a whole, and null takes away.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    /// The flag.
    #[serde(default)]
    flag: Value,
    /// The flag before. Without it there was none, and the change creates the flag.
    old: Option<Value>,
    /// Who made the change, and why: `flag.change`.
    #[serde(default)]
    change: Value,
    /// When it was made: `flag.written_at`.
    at: Option<String>,
    /// Where it is checked.
    #[serde(default)]
    env: Where,
    /// Whether the flag's head was removed from the table. What is left is what was before.
    #[serde(default)]
    removed: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Where {
    name: Option<String>,
    region: Option<String>,
}

/// An example, made whole.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    old: Option<Flag>,
    new: Option<Flag>,
    pub(crate) place: Place,
}

impl Scene {
    /// Makes an example whole; an error says what is wrong with it.
    pub(crate) fn of(example: &Value) -> Result<Self, String> {
        let example: Example = serde_json::from_value(example.clone()).map_err(|error| error.to_string())?;
        let environment = example.env.name.unwrap_or_else(|| "prod".to_owned());
        let region = example.env.region.unwrap_or_else(|| "eu-west-1".to_owned());
        let before = match &example.old {
            Some(changes) => {
                let mut old = right_flag();
                merge(&mut old, &json!({ "environment": environment }));
                merge(&mut old, &right_before());
                merge(&mut old, changes);
                Some(read(&old)?)
            }
            None => None,
        };
        let mut flag = right_flag();
        merge(&mut flag, &json!({ "environment": environment }));
        if before.is_none() {
            merge(&mut flag, &json!({ "version": 1 }));
        }
        if let Some(at) = &example.at {
            merge(&mut flag, &json!({ "written_at": at }));
        }
        if before.is_none() && !example.removed {
            let made_at = flag["written_at"].clone();
            merge(&mut flag, &json!({ "created_at": made_at }));
        }
        merge(&mut flag, &json!({ "change": example.change }));
        merge(&mut flag, &example.flag);
        let (old, new) = match (read(&flag)?, example.removed) {
            (new, false) => (before, Some(new)),
            (gone, true) => (Some(gone), None),
        };
        Ok(Self { old, new, place: Place { environment, region, home_region: "eu-west-1".to_owned() } })
    }

    pub(crate) fn change(&self) -> Change<'_> {
        Change { old: self.old.as_ref(), new: self.new.as_ref() }
    }
}

/// A flag that no rule has anything against, as a version that follows another.
fn right_flag() -> Value {
    json!({
        "flag_id": "checkout.express-pay",
        "version": 4,
        "service": "checkout",
        "kind": "release",
        "value": true,
        "off_value": false,
        "owner": "team-checkout",
        "contact": "checkout-oncall@example.com",
        "description": "Shows the button that pays with one click",
        "tags": ["checkout", "payments"],
        "sensitivity": "internal",
        "environment": "prod",
        "promoted_from": { "environment": "staging", "version": 3, "at": "2026-03-03T09:00:00Z" },
        "created_at": "2026-03-02T09:00:00Z",
        "expires_at": "2026-06-01T00:00:00Z",
        "written_at": "2026-03-10T10:15:00Z",
        "origin_region": "eu-west-1",
        "targeting": { "rollout": { "percentage": 10 } },
        "change": {
            "by": "ada@example.com",
            "approved_by": ["grace@example.com"],
            "source": "console",
            "reason": "the first day at five percent went well",
            "ticket": "FLAGS-123",
        },
    })
}

/// What was different about that flag in the version before.
fn right_before() -> Value {
    json!({
        "version": 3,
        "written_at": "2026-03-09T10:00:00Z",
        "targeting": { "rollout": { "percentage": 5 } },
        "change": { "reason": "first users" },
    })
}

/// A flag that has something of everything.
pub(crate) fn flag_with_everything() -> Flag {
    let mut flag = right_flag();
    let more = json!({
        "targeting": {
            "rules": [{
                "name": "staff",
                "conditions": [{ "attribute": "country", "operator": "equals", "values": ["SE"] }],
                "serve": true,
            }],
            "prerequisites": [{ "flag_id": "checkout.base", "equals": true }],
        },
        "bounds": { "min": 0, "max": 1, "max_step": 1 },
        "schedule": [{ "at": "2026-03-11T10:00:00Z", "percentage": 20 }],
        "value": { "text": "x" },
        "color": "red",
    });
    merge(&mut flag, &more);
    read(&flag).expect("the flag is sound")
}

fn read(flag: &Value) -> Result<Flag, String> {
    let AttributeValue::M(item) = AttributeValue::from_plain_json(flag) else {
        return Err("the example's flag is not an object".to_owned());
    };
    Flag::from_item(&Item::from_iter(item)).map_err(|error| error.to_string())
}

/// Merges as [RFC 7396](https://www.rfc-editor.org/rfc/rfc7396) says, but null as a flag's value stays null.
fn merge(into: &mut Value, changes: &Value) {
    let Value::Object(changes) = changes else { return };
    if !into.is_object() {
        *into = json!({});
    }
    let Value::Object(target) = into else { return };
    for (name, change) in changes {
        match change {
            Value::Null => {
                target.remove(name);
            }
            // A value is one thing, whatever it holds.
            Value::Object(_) if name != "value" && name != "off_value" => {
                merge(target.entry(name.clone()).or_insert_with(|| json!({})), change);
            }
            _ => {
                target.insert(name.clone(), change.clone());
            }
        }
    }
}

/// Changes that no rule has anything against: one of each kind.
pub(crate) fn right_changes() -> Vec<Value> {
    vec![
        json!({ "flag": { "targeting": { "rollout": { "percentage": 1 } } } }),
        json!({ "old": {} }),
        json!({ "env": { "name": "dev" }, "flag": { "promoted_from": null, "targeting": null } }),
        json!({
            "flag": { "deleted": true, "value": null, "off_value": null, "targeting": null },
            "old": { "targeting": { "rollout": { "percentage": 0 } } },
            "change": { "reason": "the old checkout is gone", "approved_by": ["grace@example.com", "joan@example.com"] },
        }),
        json!({
            "flag": {
                "rollback_of": 3,
                "restored_from": 2,
                "execution_id": "arn:aws:states:eu-west-1:111122223333:execution:rollback:1",
                "targeting": { "rollout": { "percentage": 1 } },
            },
            "old": {},
            "change": {
                "by": "rollback", "source": "rollback", "approved_by": [], "ticket": "",
                "reason": "services do not hold the published version",
            },
        }),
    ]
}
