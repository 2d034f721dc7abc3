//! `Fn::FindInMap`.

use serde_json::{Map, Value as Json};

use super::super::codes;
use super::super::suggest::did_you_mean;
use super::{Step, Walker};

impl<'a> Walker<'_, 'a> {
    pub(super) fn find_in_map(&mut self, argument: &'a Json) {
        let (keys, default) = match argument.as_array().map(Vec::as_slice) {
            Some([mapping, first, second]) => ([mapping, first, second], None),
            Some([mapping, first, second, default]) if self.stack.has_extensions => {
                ([mapping, first, second], Some(default))
            }
            _ => {
                self.bad_argument(argument, "a list of a mapping and two keys");
                return;
            }
        };
        for (index, key) in keys.into_iter().chain(default).enumerate() {
            self.at(Step::Index(index), |walker| match key {
                Json::String(_) | Json::Number(_) => {}
                Json::Object(_) => walker.value(key),
                other => walker.bad_argument(other, "a text"),
            });
        }
        if default.is_some() {
            // Whatever is missing, the default takes its place.
            return;
        }
        let [mapping, first, second] = keys;
        let Json::String(mapping) = mapping else { return };
        let Some(rows) = self.stack.mappings.get(mapping) else {
            let known = self.stack.mappings.keys().map(String::as_str);
            let help = did_you_mean(mapping, known, "define the mapping in `Mappings`");
            self.error(
                codes::UNKNOWN_MAPPING,
                format!("the template has no mapping `{}`", mapping.escape_debug()),
                help,
            );
            return;
        };
        if let Json::Object(rows) = rows {
            self.mapping_keys(mapping, rows, first, second);
        }
    }

    fn mapping_keys(&mut self, mapping: &str, rows: &'a Map<String, Json>, first: &'a Json, second: &'a Json) {
        // The rows that can be chosen: one, those of the regions that the stack is in, or any.
        let chosen: Vec<&str> = match first {
            Json::String(key) => vec![key],
            Json::Object(key) if key.get("Ref").is_some_and(|name| name == "AWS::Region") => {
                self.stack.regions.iter().map(|region| region.as_str()).collect()
            }
            _ => rows.keys().map(String::as_str).collect(),
        };
        let missing: Vec<_> = chosen.iter().filter(|key| !rows.contains_key(**key)).copied().collect();
        if !missing.is_empty() {
            let list = super::listed(missing.iter().copied());
            let message = format!("the mapping `{mapping}` has no key {list}");
            self.error(
                codes::UNKNOWN_MAPPING,
                message,
                did_you_mean(missing[0], rows.keys().map(String::as_str), "add the key"),
            );
        }
        let Json::String(second) = second else { return };
        let is_any = !first.is_string() && first.get("Ref").is_none_or(|name| name != "AWS::Region");
        let present: Vec<_> = chosen.iter().filter_map(|key| Some((*key, rows.get(*key)?.as_object()?))).collect();
        let lacking: Vec<_> =
            present.iter().filter(|(_, row)| !row.contains_key(second)).map(|(key, _)| *key).collect();
        // Of rows that are chosen at deploy time, one may lack what another has.
        if lacking.is_empty() || (is_any && lacking.len() < present.len()) {
            return;
        }
        let known = present.iter().flat_map(|(_, row)| row.keys().map(String::as_str));
        let help = did_you_mean(second, known, "add the key");
        let message = format!("the mapping `{mapping}` has no `{second}` in {}", super::listed(lacking));
        self.error(codes::UNKNOWN_MAPPING, message, help);
    }
}
