import static java.lang.classfile.ClassFile.StackMapsOption.GENERATE_STACK_MAPS;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// Copies a jar, its classes in the format of the Java that runs this. Java's cache of loaded classes takes none that
/// were compiled for Java 5, as picocli's are: a fourth of the time of a start went into loading those.
///
///     java UpgradeClasses.java JAR COPY
final class UpgradeClasses {

    /// Code must be read and written anew, for it needs the stack maps that the old format did not have.
    private static final ClassTransform UPGRADED = ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
            .andThen((written, element) -> written.with(
                    element instanceof ClassFileVersion
                            ? ClassFileVersion.of(ClassFile.latestMajorVersion(), 0)
                            : element));

    public static void main(String[] arguments) throws IOException {
        var jar = Path.of(arguments[0]);
        try (var loader = new URLClassLoader(new URL[] {jar.toUri().toURL()});
                var from = new ZipFile(jar.toFile());
                var to = new ZipOutputStream(Files.newOutputStream(Path.of(arguments[1])))) {
            var format = ClassFile.of(
                    GENERATE_STACK_MAPS,
                    ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(loader)));
            for (var entry : Collections.list(from.entries())) {
                var bytes = from.getInputStream(entry).readAllBytes();
                var copy = new ZipEntry(entry.getName());
                copy.setTimeLocal(entry.getTimeLocal());
                to.putNextEntry(copy);
                to.write(entry.getName().endsWith(".class") ? format.transformClass(format.parse(bytes), UPGRADED) : bytes);
            }
        }
    }
}
