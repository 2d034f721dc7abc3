//! Examples of changes, by which rules are proved.

use std::collections::BTreeMap;

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
    change: Option<Value>,
    /// When it was made: `flag.written_at`.
    at: Option<String>,
    /// Where it is checked.
    #[serde(default)]
    env: Where,
    /// Whether the flag's head was removed from the table. What is left is what was before.
    #[serde(default)]
    removed: bool,
    /// Attributes of the flag that are there and are null, which cannot be said by null itself.
    #[serde(default)]
    nulls: Vec<String>,
    /// What is too long to be written out, by where it goes in the flag, as [RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)
    /// points.
    #[serde(default)]
    make: BTreeMap<String, Made>,
}

/// Something that is too long to be written out.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Made {
    /// A text of so many letters.
    Letters(usize),
    /// A list in a list, so many deep.
    Depth(usize),
    /// A list of so many texts, each another one.
    Items(usize),
    /// The first element of what is there, so many times.
    Copies(usize),
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
        if let Some(change) = &example.change {
            merge(&mut flag, &json!({ "change": change }));
        }
        merge(&mut flag, &example.flag);
        for name in &example.nulls {
            flag[name] = Value::Null;
        }
        for (pointer, made) in &example.make {
            let place = flag.pointer_mut(pointer).ok_or_else(|| format!("the example's flag has no `{pointer}`"))?;
            *place = made.make(place);
        }
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

impl Made {
    fn make(self, before: &Value) -> Value {
        match self {
            Self::Letters(count) => Value::String("x".repeat(count)),
            Self::Depth(depth) => (1..depth).fold(json!([]), |inner, _| json!([inner])),
            Self::Items(count) => (0..count).map(|number| json!(format!("item-{number}"))).collect(),
            Self::Copies(count) => vec![before[0].clone(); count].into(),
        }
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

/// Merges as [RFC 7396](https://www.rfc-editor.org/rfc/rfc7396) says, but a flag's values as a whole.
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
            "flag": gone(),
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
        json!({ "flag": gone(), "removed": true }),
        json!({ "old": { "version": 3, "deleted": true, "value": null, "off_value": null, "targeting": null } }),
        json!({
            "flag": {
                "flag_id": "checkout.max-items", "kind": "operational", "value": 120, "off_value": 100, "targeting": null,
                "bounds": { "min": 1, "max": 500, "max_step": 50 }, "permanent": true, "expires_at": null,
                "review_at": "2026-09-01T00:00:00Z",
            },
            "old": {
                "flag_id": "checkout.max-items", "kind": "operational", "value": 100, "off_value": 100, "targeting": null,
                "bounds": { "min": 1, "max": 500, "max_step": 50 }, "permanent": true, "expires_at": null,
                "review_at": "2026-09-01T00:00:00Z",
            },
        }),
        json!({
            "flag": {
                "flag_id": "checkout.disable-express-pay", "kind": "kill_switch", "targeting": null, "permanent": true,
                "expires_at": null, "review_at": "2026-09-01T00:00:00Z",
            },
        }),
        json!({
            "flag": {
                "flag_id": "checkout.refund", "kind": "permission", "value": false, "permanent": true, "expires_at": null,
                "review_at": "2026-09-01T00:00:00Z",
                "targeting": { "rollout": null, "rules": [{
                    "name": "staff of Sweden",
                    "conditions": [
                        { "attribute": "email", "operator": "ends_with", "values": ["@example.com"] },
                        { "attribute": "country", "operator": "equals", "values": ["SE", "NO"] },
                        { "attribute": "app_version", "operator": "semver_at_least", "values": ["4.12.0"] },
                        { "attribute": "signed_up", "operator": "before", "values": ["2026-01-01T00:00:00Z"] },
                    ],
                    "serve": true,
                }] },
            },
            "change": { "approved_by": ["grace@example.com", "joan@example.com"] },
        }),
        json!({
            "flag": {
                "flag_id": "checkout.button", "kind": "experiment", "client_side": true, "sensitivity": "public",
                "value": { "color": "green", "link": "https://pay.example.com/new", "sizes": [1, 2.5] },
                "off_value": { "color": "blue", "link": "https://pay.example.com", "sizes": [1, 2] },
                "targeting": { "prerequisites": [{ "flag_id": "checkout.express-pay", "equals": true }] },
                "schedule": [
                    { "at": "2026-03-11T09:00:00Z", "percentage": 25 }, { "at": "2026-03-12T09:00:00Z", "percentage": 50 },
                ],
            },
            "change": { "source": "pipeline", "by": "deploy-checkout" },
        }),
    ]
}

/// What is left of a flag that was deleted.
fn gone() -> Value {
    json!({ "deleted": true, "value": null, "off_value": null, "targeting": null })
}
