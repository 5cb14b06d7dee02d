package pages_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A sayer finds, in the sources of a package, the texts that may reach a place in them: a
// field, or an argument of a call. A text is a literal or a format, {} standing for what is
// put into it, and what may be put into it is looked for in turn: through variables,
// parameters, functions and constants of the package, by their names. What comes from
// elsewhere, such as a name, a number or the error of an engine, is not a text.
type sayer struct {
	files  []*ast.File
	funcs  map[string][]*ast.FuncDecl
	consts map[string][]ast.Expr // of the package, and package.Name of those beside it
	within map[ast.Node]*ast.FuncDecl
	fields []string // that are followed to what is put into them

	said map[string]bool
	seen map[string]bool
}

// sources parses the packages in dirs; the first is that which is read, the others have
// constants that it uses.
func sources(t *testing.T, fields []string, dirs ...string) *sayer {
	t.Helper()
	s := &sayer{funcs: map[string][]*ast.FuncDecl{}, consts: map[string][]ast.Expr{}, within: map[ast.Node]*ast.FuncDecl{}, fields: fields, said: map[string]bool{}, seen: map[string]bool{}}
	for i, dir := range dirs {
		names, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no sources in %s: %v", dir, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			s.add(f, i == 0)
		}
	}
	return s
}

func (s *sayer) add(f *ast.File, own bool) {
	if own {
		s.files = append(s.files, f)
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if own {
				s.funcs[d.Name.Name] = append(s.funcs[d.Name.Name], d)
				if d.Recv != nil { // Type.Method, too
					name := strings.TrimPrefix(types.ExprString(d.Recv.List[0].Type), "*") + "." + d.Name.Name
					s.funcs[name] = append(s.funcs[name], d)
				}
				ast.Inspect(d, func(n ast.Node) bool { s.within[n] = d; return true })
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if !ok {
					continue
				}
				for i, value := range v.Values {
					name := v.Names[i].Name
					s.consts[f.Name.Name+"."+name] = append(s.consts[f.Name.Name+"."+name], value)
					if own {
						s.consts[name] = append(s.consts[name], value)
					}
				}
			}
		}
	}
}

// every calls f with each node of the package.
func (s *sayer) every(f func(ast.Node)) {
	for _, file := range s.files {
		ast.Inspect(file, func(n ast.Node) bool {
			if n != nil {
				f(n)
			}
			return true
		})
	}
}

// field takes what is put into a field of any of these names.
func (s *sayer) field(names ...string) {
	s.every(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && slices.Contains(names, key.Name) {
				s.take(n.Value)
			}
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if sel, ok := left.(*ast.SelectorExpr); ok && slices.Contains(names, sel.Sel.Name) && len(n.Rhs) == len(n.Lhs) {
					s.assigned(n, i)
				}
			}
		}
	})
}

// assigned takes the right side of an assignment; of x += "y", that it is "{}y".
func (s *sayer) assigned(n *ast.AssignStmt, i int) {
	if n.Tok == token.ADD_ASSIGN {
		s.take(&ast.BinaryExpr{X: ast.NewIdent("_"), Op: token.ADD, Y: n.Rhs[i]})
		return
	}
	s.take(n.Rhs[i])
}

// argument takes what functions whose names match are given in a place; -1: in the last.
func (s *sayer) argument(function string, place int) {
	name := regexp.MustCompile("^(" + function + ")$")
	s.every(func(n ast.Node) {
		c, ok := n.(*ast.CallExpr)
		if !ok || !name.MatchString(called(c)) {
			return
		}
		if at := place; at >= 0 && at < len(c.Args) {
			s.take(c.Args[at])
		} else if at < 0 && len(c.Args) > 0 {
			s.take(c.Args[len(c.Args)-1])
		}
	})
}

// element takes what literals of a type hold in a place.
func (s *sayer) element(kind string, place int) {
	s.every(func(n ast.Node) {
		if c, ok := n.(*ast.CompositeLit); ok && c.Type != nil && types.ExprString(c.Type) == kind && place < len(c.Elts) {
			s.take(c.Elts[place])
		}
	})
}

func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// constants takes the values of those whose names match.
func (s *sayer) constants(names string) {
	name := regexp.MustCompile("^(" + names + ")$")
	for _, n := range slices.Sorted(maps.Keys(s.consts)) {
		if name.MatchString(n) {
			for _, value := range s.consts[n] {
				s.take(value)
			}
		}
	}
}

// keys takes those of the tables in a function.
func (s *sayer) keys(function string) {
	for _, f := range s.funcs[function] {
		ast.Inspect(f, func(n ast.Node) bool {
			if pair, ok := n.(*ast.KeyValueExpr); ok {
				s.take(pair.Key)
			}
			return true
		})
	}
}
