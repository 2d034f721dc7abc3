//! Views of templates: sections and resources that are known to be objects, each with its construct's path.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use flagcdk_assembly::{Finding, Manifest, Placement, Region, StackEntry};
use serde_json::{Map, Value as Json};

use super::codes;

pub(crate) static EMPTY: LazyLock<Map<String, Json>> = LazyLock::new(Map::new);
pub(crate) static EMPTY_OBJECT: LazyLock<Json> = LazyLock::new(|| Json::Object(Map::new()));

/// The macro that only adds functions, and is known.
pub(crate) const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";

/// What the names of loops begin with, which the language extensions unroll.
const LOOP: &str = "Fn::ForEach::";

/// All that is validated.
pub(crate) struct AppView<'a> {
    pub(crate) manifest: &'a Manifest,
    /// The stacks with a template that is an object, in the manifest's order.
    pub(crate) stacks: Vec<StackView<'a>>,
}

impl<'a> AppView<'a> {
    pub(crate) fn stack(&self, id: &str) -> Option<&StackView<'a>> {
        self.stacks.iter().find(|stack| stack.entry.id == id)
    }
}

/// One stack and the sections of its template. A section that is missing or malformed is empty.
pub(crate) struct StackView<'a> {
    pub(crate) entry: &'a StackEntry,
    /// The template itself, for what concerns it as a whole.
    pub(crate) json: &'a Json,
    pub(crate) root: &'a Map<String, Json>,
    /// Where it is deployed.
    pub(crate) regions: Vec<Region>,
    pub(crate) parameters: &'a Map<String, Json>,
    pub(crate) mappings: &'a Map<String, Json>,
    pub(crate) conditions: &'a Map<String, Json>,
    pub(crate) outputs: &'a Map<String, Json>,
    pub(crate) resources: BTreeMap<&'a str, Resource<'a>>,
    /// Whether a macro, or a loop of the language extensions, makes names that the template does not have.
    pub(crate) has_macros: bool,
    /// Whether the functions of the language extensions may be used.
    pub(crate) has_extensions: bool,
}

/// One resource.
pub(crate) struct Resource<'a> {
    pub(crate) id: &'a str,
    /// The type, such as `AWS::SQS::Queue`; empty if there is none.
    pub(crate) kind: &'a str,
    pub(crate) body: &'a Map<String, Json>,
    /// The object of properties.
    pub(crate) properties: &'a Json,
    /// The path of the construct that made it, or the ids of stack and resource.
    pub(crate) path: Cow<'a, str>,
}

impl<'a> Resource<'a> {
    /// The path with the place of a property or attribute in it.
    pub(crate) fn at(&self, place: &str) -> String {
        if place.is_empty() { self.path.clone().into_owned() } else { format!("{} at {place}", self.path) }
    }

    /// A property, unless it is not set.
    pub(crate) fn property(&self, name: &str) -> Option<&'a Json> {
        self.properties.get(name)
    }
}

impl<'a> StackView<'a> {
    pub(crate) fn new(
        manifest: &'a Manifest,
        entry: &'a StackEntry,
        json: &'a Json,
        findings: &mut Vec<Finding>,
    ) -> Option<Self> {
        let Json::Object(root) = json else {
            findings.push(malformed(&entry.id, "the template", json, "an object"));
            return None;
        };
        let mut section = |name: &str| match root.get(name) {
            None => &*EMPTY,
            Some(Json::Object(entries)) => entries,
            Some(other) => {
                findings.push(malformed(&format!("{} at {name}", entry.id), &format!("`{name}`"), other, "an object"));
                &*EMPTY
            }
        };
        let macros = match root.get("Transform") {
            Some(Json::String(name)) => vec![name.as_str()],
            Some(Json::Array(names)) => names.iter().map(|name| name.as_str().unwrap_or("Fn::Transform")).collect(),
            Some(_) => vec!["Fn::Transform"],
            None => vec![],
        };
        let has_extensions = macros.contains(&LANGUAGE_EXTENSIONS);
        let parameters = section("Parameters");
        let mappings = section("Mappings");
        let conditions = section("Conditions");
        let outputs = section("Outputs");
        let all_resources = section("Resources");
        let has_loops =
            [all_resources, conditions, outputs].iter().any(|names| names.keys().any(|name| name.starts_with(LOOP)));
        let resources = all_resources
            .iter()
            .filter(|(id, _)| !(has_extensions && id.starts_with(LOOP)))
            .filter_map(|(id, body)| {
                let Json::Object(body) = body else {
                    let place = format!("{} at Resources.{id}", entry.id);
                    findings.push(malformed(&place, "a resource", body, "an object with `Type`"));
                    return None;
                };
                Some((id.as_str(), resource(entry, id, body, findings)))
            })
            .collect();
        let regions = match entry.placement {
            Placement::Home => vec![manifest.home_region],
            Placement::EveryRegion => manifest.regions.clone(),
        };
        Some(Self {
            entry,
            json,
            root,
            regions,
            parameters,
            mappings,
            conditions,
            outputs,
            resources,
            has_macros: macros.iter().any(|name| *name != LANGUAGE_EXTENSIONS) || (has_extensions && has_loops),
            has_extensions,
        })
    }

    /// Whether a name is that of a loop.
    pub(crate) fn is_loop(&self, name: &str) -> bool {
        self.has_extensions && name.starts_with(LOOP)
    }

    /// The stack's id with the place of something in its template.
    pub(crate) fn at(&self, place: &str) -> String {
        format!("{} at {place}", self.entry.id)
    }
}

fn resource<'a>(
    entry: &StackEntry,
    id: &'a str,
    body: &'a Map<String, Json>,
    findings: &mut Vec<Finding>,
) -> Resource<'a> {
    let path = match body.get("Metadata").and_then(|metadata| metadata.get("flagcdk:path")).and_then(Json::as_str) {
        Some(path) => Cow::Borrowed(path),
        None => Cow::Owned(format!("{}/{id}", entry.id)),
    };
    let kind = match body.get("Type") {
        Some(Json::String(kind)) => kind.as_str(),
        Some(other) => {
            findings.push(malformed(&format!("{path} at Type"), "`Type`", other, "a text such as `AWS::SQS::Queue`"));
            ""
        }
        None => {
            findings.push(Finding::error(
                codes::MALFORMED,
                &*path,
                format!("the resource `{id}` has no `Type`"),
                "add the type, such as `AWS::SQS::Queue`",
            ));
            ""
        }
    };
    let properties = match body.get("Properties") {
        None => &*EMPTY_OBJECT,
        Some(properties @ Json::Object(_)) => properties,
        Some(other) => {
            findings.push(malformed(&format!("{path} at Properties"), "`Properties`", other, "an object"));
            &*EMPTY_OBJECT
        }
    };
    Resource { id, kind, body, properties, path }
}

/// Something is of another kind of JSON than CloudFormation reads.
pub(crate) fn malformed(place: &str, what: &str, got: &Json, wanted: &str) -> Finding {
    Finding::error(
        codes::MALFORMED,
        place,
        format!("{what} is {}, wanted {wanted}", super::suggest::shown(got)),
        "see the anatomy of a template in CloudFormation's user guide",
    )
}
