//! Facts as values of CEL.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use cel::common::traits::{Adder, Container, Indexer, Iterable, Sizer, Zeroer};
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, Type};
use cel::common::value::{Builtin, BuiltinRef, CowVal, Val};
use cel::context::VariableResolver;
use serde_json::Value;

/// The variables of rules. CEL asks for `flag.rollout.percentage` by its whole name, and gets it in one step.
#[derive(Debug)]
pub(crate) struct Variables(Vec<Variable>);

#[derive(Debug)]
struct Variable {
    name: String,
    /// In the order of their names.
    fields: Vec<(String, Box<dyn Val>)>,
    /// All of them as one map, which hardly any rule asks for.
    whole: OnceLock<Box<dyn Val>>,
}

impl Variables {
    /// The entries of an object, which are objects.
    pub(crate) fn of(facts: &Value) -> Self {
        let variable = |(name, value): (&String, &Value)| {
            let fields = value.as_object().into_iter().flatten();
            let mut fields: Vec<_> = fields.map(|(name, value)| (name.clone(), to_cel(value))).collect();
            fields.sort_unstable_by(|(one, _), (two, _)| one.cmp(two));
            Variable { name: name.clone(), fields, whole: OnceLock::new() }
        };
        Self(facts.as_object().into_iter().flatten().map(variable).collect())
    }
}

impl Variable {
    fn field(&self, name: &str) -> Option<&dyn Val> {
        let place = self.fields.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        Some(self.fields[place].1.as_ref())
    }

    fn whole(&self) -> &dyn Val {
        let map = || {
            let entry =
                |(name, value): &(String, Box<dyn Val>)| (CelMapKey::from(name.clone()), value.clone_as_boxed());
            map_of(self.fields.iter().map(entry).collect())
        };
        self.whole.get_or_init(map).as_ref()
    }
}

impl VariableResolver for Variables {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let mut names = variable.split('.');
        let first = names.next()?;
        let variable = self.0.iter().find(|variable| variable.name == first)?;
        let Some(second) = names.next() else { return Some(CowVal::Borrowed(variable.whole())) };
        let mut value = variable.field(second)?;
        for name in names {
            let CowVal::Borrowed(found) = value.as_indexer()?.get(&CelString::from(name)).ok()? else { return None };
            value = found;
        }
        Some(CowVal::Borrowed(value))
    }
}

/// What rules see of JSON. Whole numbers are CEL's signed ones, whatever their sign, so that rules can subtract them.
fn to_cel(json: &Value) -> Box<dyn Val> {
    match json {
        Value::Null => Box::new(CelNull),
        Value::Bool(value) => Box::new(CelBool::from(*value)),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Box::new(CelInt::from(integer)),
            None => Box::new(CelDouble::from(number.as_f64().unwrap_or(f64::NAN))),
        },
        Value::String(text) => Box::new(CelString::from(text.clone())),
        Value::Array(values) => {
            let values: Vec<Box<dyn Val>> = values.iter().map(to_cel).collect();
            Box::new(Shared(Arc::new(CelList::from(values))))
        }
        Value::Object(object) => {
            map_of(object.iter().map(|(name, value)| (CelMapKey::from(name.clone()), to_cel(value))).collect())
        }
    }
}

fn map_of(entries: HashMap<CelMapKey<'static>, Box<dyn Val>>) -> Box<dyn Val> {
    Box::new(Shared(Arc::new(CelMap::from(entries))))
}

/// A list or a map that is cheap to copy. CEL copies each element of a list that it goes through.
#[derive(Clone, Debug)]
struct Shared<T>(Arc<T>);

impl<T: Val + Clone + 'static> Shared<T> {
    fn into_inner(self) -> Box<T> {
        Box::new(Arc::unwrap_or_clone(self.0))
    }
}

/// In every respect the list or the map that it shares.
impl<T: Val + Clone + 'static> Val for Shared<T> {
    fn get_type(&self) -> &Type {
        self.0.get_type()
    }

    fn cel_type() -> &'static Type {
        T::cel_type()
    }

    fn as_adder<'b, 'v>(&'b self) -> Option<&'b (dyn Adder + 'v)>
    where
        Self: 'v,
    {
        self.0.as_adder()
    }

    fn as_container(&self) -> Option<&dyn Container> {
        self.0.as_container()
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        self.0.as_indexer()
    }

    fn into_indexer<'v>(self: Box<Self>) -> Option<Box<dyn Indexer + 'v>>
    where
        Self: 'v,
    {
        self.into_inner().into_indexer()
    }

    fn as_iterable<'b, 'v>(&'b self) -> Option<&'b (dyn Iterable + 'v)>
    where
        Self: 'v,
    {
        self.0.as_iterable()
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        self.0.as_sizer()
    }

    fn as_zeroer(&self) -> Option<&dyn Zeroer> {
        self.0.as_zeroer()
    }

    fn equals(&self, other: &dyn Val) -> bool {
        self.0.equals(other)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(self.clone())
    }

    fn as_builtin<'b, 'v>(&'b self) -> BuiltinRef<'b, 'v>
    where
        Self: 'v,
    {
        self.0.as_builtin()
    }

    fn into_builtin<'v>(self: Box<Self>) -> Option<Builtin<'v>>
    where
        Self: 'v,
    {
        self.into_inner().into_builtin()
    }
}
