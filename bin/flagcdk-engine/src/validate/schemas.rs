//! The schemas of resource types, compiled at their first use and kept for the life of the process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::{Draft, Validator};
use serde_json::Value as Json;

use super::keywords;

/// What is known of one type.
pub(super) struct TypeSchema {
    pub(super) json: Json,
    /// None if the engine refuses the schema; then the properties are not checked.
    pub(super) validator: Option<Validator>,
    /// What `Fn::GetAtt` reads, such as `Endpoint.Address`.
    pub(super) attributes: Vec<String>,
    /// The paths of properties that only AWS sets. A `*` stands for every item of a list.
    pub(super) read_only: Vec<Vec<String>>,
    /// The paths of properties that AWS takes and never shows.
    pub(super) write_only: Vec<Vec<String>>,
}

impl TypeSchema {
    /// The names of the properties at the top, those that only AWS sets included.
    pub(super) fn property_names(&self) -> impl Iterator<Item = &str> {
        self.json.get("properties").and_then(Json::as_object).into_iter().flatten().map(|(name, _)| name.as_str())
    }

    fn new(json: Json) -> Self {
        let read_only = pointers(&json, "readOnlyProperties");
        let write_only = pointers(&json, "writeOnlyProperties");
        let more = json["additionalAttributes"].as_array().into_iter().flatten().filter_map(Json::as_str);
        let attributes = read_only.iter().map(|path| path.join(".")).chain(more.map(str::to_owned)).collect();
        // Of the drafts, the latest one knows all keywords that occur, and that `$ref` may have neighbors.
        let validator = keywords::register(jsonschema::options().with_draft(Draft::Draft202012))
            .should_validate_formats(false)
            .build(&json)
            .ok();
        Self { json, validator, attributes, read_only, write_only }
    }
}

/// Paths such as `/properties/Endpoint/Address`, without the word that all begin with.
fn pointers(json: &Json, list: &str) -> Vec<Vec<String>> {
    let texts = json.get(list).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
    texts
        .filter_map(|pointer| pointer.strip_prefix("/properties/"))
        .map(|path| {
            path.split('/').filter(|part| *part != "properties" && *part != "items").map(str::to_owned).collect()
        })
        .collect()
}

type Cache = BTreeMap<String, Option<Arc<TypeSchema>>>;

static CACHE: LazyLock<Mutex<Cache>> = LazyLock::new(Mutex::default);

fn cache() -> std::sync::MutexGuard<'static, Cache> {
    CACHE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The schema of a type; none if there is no such type.
pub(super) fn of(kind: &str) -> Option<Arc<TypeSchema>> {
    if let Some(known) = cache().get(kind) {
        return known.clone();
    }
    let schema = flagcdk_schemas::schema(kind).map(|json| Arc::new(TypeSchema::new(json)));
    cache().entry(kind.to_owned()).or_insert(schema).clone()
}

/// Compiles the schemas of types on all cores.
pub(super) fn prepare<'a>(kinds: impl Iterator<Item = &'a str>) {
    let missing: Vec<&str> = {
        let known = cache();
        kinds.collect::<BTreeSet<_>>().into_iter().filter(|kind| !known.contains_key(*kind)).collect()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    if missing.len() < 4 || cores == 1 {
        return;
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(kind) = missing.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    of(kind);
                }
            });
        }
    });
}
